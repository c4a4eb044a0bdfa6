-- Roles and rights of a real installation. Run it as a superuser after every migration; it can be repeated:
--
--     psql -v ON_ERROR_STOP=1 -d visits -f deploy/postgresql/roles.sql
--
-- visits_owner   owns the tables and runs the migrations; no application signs in as it
-- visits_family  the family application in the DMZ: no officer's notes, no recordings, no change to what only the prison decides
-- visits_prison  the prison application and its jobs
--
-- No application may change or delete the audit. Passwords are set by hand:  \password visits_family

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['visits_owner', 'visits_family', 'visits_prison'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO visits_owner;
GRANT USAGE ON SCHEMA public TO visits_family, visits_prison;

DO $$
DECLARE
    -- What is only ever added to.
    audit text[] := ARRAY['audit_entry', 'audit_seal'];
    -- Recordings and what the desk does with them: nothing for the family application.
    hidden text[] := ARRAY['segment', 'listening', 'recording_hold', 'recording_request', 'relistening',
                           'session_task', 'desk_change', 'emergency_review', 'handover', 'terminal_test', 'import_run', 'person_merge', 'booking_import', 'device', 'pairing', 'alembic_version', 'audit_seal',
                             'visit_answer', 'movement_step', 'movement_print', 'officer_assignment', 'officer_absence', 'mediation_case', 'mediation_attempt', 'help_code'];
    -- What only the prison decides: the family application reads it.
    read_only text[] := ARRAY['prison', 'ward', 'level', 'inmate', 'non_association', 'suspension', 'template', 'template_terminal', 'closure',
                              'calendar_day', 'duty', 'appointment', 'policy', 'terminal', 'account_ward', 'institution', 'firm',
                              'article', 'article_version', 'article_gram', 'questionnaire', 'questionnaire_version', 'help_series'];
    -- What only lawyers read, sealed for the family application besides: the prison adds rows at most (the demo does), and its retention job deletes them.
    lawyers_own text[] := ARRAY['advice_note', 'advice_follow_up'];
    -- Answers without a name: the family application puts them in, and cannot read them again.
    dropped_in text[] := ARRAY['questionnaire_reply', 'questionnaire_answer'];
    -- Officers' notes, column by column.
    notes text[] := ARRAY['kinship.staff_note', 'booking.staff_note', 'inmate.staff_note', 'suspension.note', 'non_association.note',
                          'live_session.officer_note', 'appointment.note', 'booking_move.reached_note', 'equipment_due.help_note'];
    item record;
    shown text;
    every text;
BEGIN
    FOR item IN SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO visits_owner', item.name);
        EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, visits_family, visits_prison', item.name);

        SELECT string_agg(quote_ident(attname), ', ') FILTER (WHERE item.name || '.' || attname <> ALL (notes)), string_agg(quote_ident(attname), ', ')
          INTO shown, every
          FROM pg_attribute WHERE attrelid = format('public.%I', item.name)::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format('REVOKE ALL (%s) ON public.%I FROM PUBLIC, visits_family, visits_prison', every, item.name);

        IF item.name = 'alembic_version' THEN
            EXECUTE format('GRANT SELECT ON public.%I TO visits_prison', item.name);
        ELSIF item.name = ANY (audit) THEN
            EXECUTE format('GRANT SELECT, INSERT ON public.%I TO visits_prison', item.name);
        ELSIF item.name = ANY (lawyers_own) THEN
            EXECUTE format('GRANT INSERT, DELETE, SELECT (id, request_id) ON public.%I TO visits_prison', item.name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO visits_prison', item.name);
        END IF;

        IF item.name = 'audit_entry' THEN
            GRANT INSERT, SELECT (id) ON public.audit_entry TO visits_family;
        ELSIF item.name = ANY (hidden) THEN
            NULL;
        ELSIF item.name = ANY (dropped_in) THEN
            EXECUTE format('GRANT INSERT ON public.%I TO visits_family', item.name);
        ELSIF item.name = ANY (read_only) THEN
            EXECUTE format('GRANT SELECT (%s) ON public.%I TO visits_family', shown, item.name);
        ELSE
            EXECUTE format('GRANT SELECT (%s), INSERT, UPDATE (%s), DELETE ON public.%I TO visits_family', shown, shown, item.name);
        END IF;
    END LOOP;

    -- Locking a row asks for the right to change a column of it: one that says nothing.
    GRANT UPDATE (updated_at) ON public.inmate TO visits_family;

    FOR item IN SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE public.%I TO visits_family, visits_prison', item.name);
    END LOOP;
END $$;
