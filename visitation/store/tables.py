"""Every table of the house in one import: for migrations, and for tests that make an empty database."""

import visitation.accounts.models
import visitation.audit.models
import visitation.audit.triggers
import visitation.bookings.models
import visitation.calendars.models
import visitation.live.models
import visitation.movements.models
import visitation.notices.models
import visitation.officers.models
import visitation.people.models
import visitation.policies.models
import visitation.store.outbox
import visitation.supervision.models
import visitation.supervision.models_handover
import visitation.supervision.models_recordings
import visitation.timetable.marks
import visitation.timetable.models
import visitation.uploads.models  # noqa: F401
