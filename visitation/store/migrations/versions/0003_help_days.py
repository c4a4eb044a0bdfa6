"""legal-help days

Revision ID: 0003
Revises: 0002

Requests for legal help and the days on which lawyers answer them. Expand first, contract later (architecture.md).
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('help_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=False),
    sa.Column('rrule', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('opens', sa.Time(), nullable=False),
    sa.Column('closes', sa.Time(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('lawyers', sa.Integer(), nullable=False),
    sa.Column('terminals', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('closes > opens', name=op.f('ck_help_series_ordered')),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], name=op.f('fk_help_series_created_by')),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_help_series_prison_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_series')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_series_ref'))
    )
    with op.batch_alter_table('help_series', schema=None) as batch_op:
        batch_op.create_index('ix_help_series_prison', ['prison_id', 'state'], unique=False)

    op.create_table('help_day',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('series_id', sa.Integer(), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('lawyers', sa.Integer(), nullable=False),
    sa.Column('terminals', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('plan_version', sa.Integer(), nullable=False),
    sa.Column('conflicts_asked_at', sa.DateTime(), nullable=True),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_help_day_ordered')),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_help_day_prison_id')),
    sa.ForeignKeyConstraint(['published_by'], ['account.id'], name=op.f('fk_help_day_published_by')),
    sa.ForeignKeyConstraint(['series_id'], ['help_series.id'], name=op.f('fk_help_day_series_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_day')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_day_ref')),
    sa.UniqueConstraint('series_id', 'planned_on', name=op.f('uq_help_day_series_id_planned_on'))
    )
    with op.batch_alter_table('help_day', schema=None) as batch_op:
        batch_op.create_index('ix_help_day_prison', ['prison_id', 'starts_at'], unique=False)

    op.create_table('help_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=False),
    sa.Column('ward_id', sa.Integer(), nullable=False),
    sa.Column('inmate_id', sa.Integer(), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('asks_for', sa.String(length=12), nullable=False),
    sa.Column('summary_box', sa.LargeBinary(), nullable=True),
    sa.Column('parties_box', sa.LargeBinary(), nullable=True),
    sa.Column('lawyer_only', sa.Boolean(), nullable=False),
    sa.Column('letter', sa.LargeBinary(), nullable=True),
    sa.Column('urgency', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('concerned_relation', sa.String(length=30), nullable=False),
    sa.Column('concerned_place', sa.String(length=6), nullable=False),
    sa.Column('consent_at', sa.DateTime(), nullable=False),
    sa.Column('family_part', sa.String(length=10), nullable=False),
    sa.Column('family_words', sa.String(length=400), nullable=False),
    sa.Column('family_consent_at', sa.DateTime(), nullable=True),
    sa.Column('family_done_at', sa.DateTime(), nullable=True),
    sa.Column('kinship_id', sa.Integer(), nullable=True),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('entered_by', sa.Integer(), nullable=False),
    sa.Column('entered_at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('path', sa.String(length=12), nullable=True),
    sa.Column('triaged_by', sa.Integer(), nullable=True),
    sa.Column('triaged_at', sa.DateTime(), nullable=True),
    sa.Column('due_at', sa.DateTime(), nullable=True),
    sa.Column('passed_to', sa.String(length=120), nullable=False),
    sa.Column('passed_at', sa.DateTime(), nullable=True),
    sa.Column('postponed_until', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('waited', sa.Integer(), nullable=False),
    sa.Column('carried_reason', sa.String(length=40), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('hold_reason', sa.String(length=200), nullable=False),
    sa.Column('hold_by', sa.Integer(), nullable=True),
    sa.Column('hold_at', sa.DateTime(), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('urgency BETWEEN 0 AND 3', name=op.f('ck_help_request_urgency')),
    sa.ForeignKeyConstraint(['hold_by'], ['account.id'], name=op.f('fk_help_request_hold_by')),
    sa.ForeignKeyConstraint(['entered_by'], ['account.id'], name=op.f('fk_help_request_entered_by')),
    sa.ForeignKeyConstraint(['inmate_id'], ['inmate.id'], name=op.f('fk_help_request_inmate_id')),
    sa.ForeignKeyConstraint(['kinship_id'], ['kinship.id'], name=op.f('fk_help_request_kinship_id')),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_help_request_prison_id')),
    sa.ForeignKeyConstraint(['triaged_by'], ['account.id'], name=op.f('fk_help_request_triaged_by')),
    sa.ForeignKeyConstraint(['ward_id'], ['ward.id'], name=op.f('fk_help_request_ward_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_request')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_request_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_help_request_uid'))
    )
    with op.batch_alter_table('help_request', schema=None) as batch_op:
        batch_op.create_index('ix_help_request_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_request_inmate_id'), ['inmate_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_request_kinship_id'), ['kinship_id'], unique=False)
        batch_op.create_index('ix_help_request_prison', ['prison_id', 'state'], unique=False)

    op.create_table('conflict_declaration',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('conflict', sa.Boolean(), nullable=False),
    sa.Column('shown', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_conflict_declaration_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_conflict_declaration_request_id')),
    sa.PrimaryKeyConstraint('request_id', 'lawyer_id', name=op.f('pk_conflict_declaration'))
    )
    op.create_table('help_duty',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('day_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('replaced_by_id', sa.Integer(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['day_id'], ['help_day.id'], name=op.f('fk_help_duty_day_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_help_duty_lawyer_id')),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['help_duty.id'], name=op.f('fk_help_duty_replaced_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_duty')),
    sa.UniqueConstraint('day_id', 'lawyer_id', name=op.f('uq_help_duty_day_id_lawyer_id')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_duty_ref'))
    )
    with op.batch_alter_table('help_duty', schema=None) as batch_op:
        batch_op.create_index('ix_help_duty_lawyer', ['lawyer_id', 'state'], unique=False)

    op.create_table('help_request_slip',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('handed_over_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['account.id'], name=op.f('fk_help_request_slip_by')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_help_request_slip_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_request_slip')),
    sa.UniqueConstraint('request_id', 'number', name=op.f('uq_help_request_slip_request_id_number'))
    )
    op.create_table('help_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_index', sa.String(length=64), nullable=False),
    sa.Column('inmate_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['inmate_id'], ['inmate.id'], name=op.f('fk_help_code_inmate_id')),
    sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_help_code_made_by')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_help_code_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_code')),
    sa.UniqueConstraint('code_index', name=op.f('uq_help_code_code_index'))
    )
    with op.batch_alter_table('help_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_help_code_inmate_id'), ['inmate_id'], unique=False)

    op.create_table('help_family_paper',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('upload_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_help_family_paper_account_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_help_family_paper_request_id')),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_help_family_paper_upload_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_family_paper')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_family_paper_ref')),
    sa.UniqueConstraint('upload_id', name=op.f('uq_help_family_paper_upload_id'))
    )
    with op.batch_alter_table('help_family_paper', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_help_family_paper_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_family_paper_request_id'), ['request_id'], unique=False)

    op.create_table('help_seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('day_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('duty_id', sa.Integer(), nullable=True),
    sa.Column('terminal_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(), nullable=True),
    sa.Column('ends_at', sa.DateTime(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('by_hand', sa.Boolean(), nullable=False),
    sa.Column('trip', sa.Integer(), nullable=True),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('carried_at', sa.DateTime(), nullable=True),
    sa.Column('here_at', sa.DateTime(), nullable=True),
    sa.Column('called_at', sa.DateTime(), nullable=True),
    sa.Column('live_at', sa.DateTime(), nullable=True),
    sa.Column('left_at', sa.DateTime(), nullable=True),
    sa.Column('drops', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_help_seat_booking_id')),
    sa.ForeignKeyConstraint(['day_id'], ['help_day.id'], name=op.f('fk_help_seat_day_id')),
    sa.ForeignKeyConstraint(['duty_id'], ['help_duty.id'], name=op.f('fk_help_seat_duty_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_help_seat_request_id')),
    sa.ForeignKeyConstraint(['terminal_id'], ['terminal.id'], name=op.f('fk_help_seat_terminal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_seat')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_help_seat_booking_id')),
    sa.UniqueConstraint('day_id', 'request_id', name=op.f('uq_help_seat_day_id_request_id')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_seat_ref'))
    )
    with op.batch_alter_table('help_seat', schema=None) as batch_op:
        batch_op.create_index('ix_help_seat_duty', ['duty_id', 'starts_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_seat_request_id'), ['request_id'], unique=False)

    op.create_table('help_swap',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('duty_id', sa.Integer(), nullable=False),
    sa.Column('to_lawyer_id', sa.Integer(), nullable=False),
    sa.Column('in_exchange_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['duty_id'], ['help_duty.id'], name=op.f('fk_help_swap_duty_id')),
    sa.ForeignKeyConstraint(['in_exchange_id'], ['help_duty.id'], name=op.f('fk_help_swap_in_exchange_id')),
    sa.ForeignKeyConstraint(['to_lawyer_id'], ['lawyer.id'], name=op.f('fk_help_swap_to_lawyer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_swap')),
    sa.UniqueConstraint('ref', name=op.f('uq_help_swap_ref'))
    )
    with op.batch_alter_table('help_swap', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_help_swap_duty_id'), ['duty_id'], unique=False)
        batch_op.create_index('ix_help_swap_to', ['to_lawyer_id', 'state'], unique=False)

    op.create_table('advice_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('upload_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name=op.f('fk_advice_document_decided_by')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_advice_document_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_advice_document_request_id')),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_advice_document_upload_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_advice_document')),
    sa.UniqueConstraint('ref', name=op.f('uq_advice_document_ref')),
    sa.UniqueConstraint('upload_id', name=op.f('uq_advice_document_upload_id'))
    )
    with op.batch_alter_table('advice_document', schema=None) as batch_op:
        batch_op.create_index('ix_advice_document_request', ['request_id'], unique=False)

    op.create_table('advice_follow_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_advice_follow_up_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_advice_follow_up_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_advice_follow_up')),
    sa.UniqueConstraint('ref', name=op.f('uq_advice_follow_up_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_advice_follow_up_uid'))
    )
    with op.batch_alter_table('advice_follow_up', schema=None) as batch_op:
        batch_op.create_index('ix_advice_follow_up_lawyer', ['lawyer_id', 'done_at', 'due_on'], unique=False)

    op.create_table('advice_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('begun_at', sa.DateTime(), nullable=False),
    sa.Column('saved_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_advice_note_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_advice_note_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_advice_note')),
    sa.UniqueConstraint('request_id', 'lawyer_id', name=op.f('uq_advice_note_request_id_lawyer_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_advice_note_uid'))
    )
    with op.batch_alter_table('advice_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_advice_note_lawyer_id'), ['lawyer_id'], unique=False)

    op.create_table('advice_paper',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text_box', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('handed_over_at', sa.DateTime(), nullable=True),
    sa.Column('handed_over_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['handed_over_by'], ['account.id'], name=op.f('fk_advice_paper_handed_over_by')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_advice_paper_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_advice_paper_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_advice_paper')),
    sa.UniqueConstraint('ref', name=op.f('uq_advice_paper_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_advice_paper_uid'))
    )
    with op.batch_alter_table('advice_paper', schema=None) as batch_op:
        batch_op.create_index('ix_advice_paper_request', ['request_id'], unique=False)

    op.create_table('note_succession',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('from_lawyer_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['from_lawyer_id'], ['lawyer.id'], name=op.f('fk_note_succession_from_lawyer_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_note_succession_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_note_succession_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note_succession')),
    sa.UniqueConstraint('request_id', 'lawyer_id', 'from_lawyer_id', name=op.f('uq_note_succession_request_id_lawyer_id_from_lawyer_id'))
    )
    op.create_table('referral',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('relation', sa.String(length=30), nullable=False),
    sa.Column('place', sa.String(length=6), nullable=False),
    sa.Column('sentence_box', sa.LargeBinary(), nullable=True),
    sa.Column('mobile_box', sa.LargeBinary(), nullable=True),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('consent_at', sa.DateTime(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('last_sent_at', sa.DateTime(), nullable=True),
    sa.Column('links_sent', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_referral_lawyer_id')),
    sa.ForeignKeyConstraint(['request_id'], ['help_request.id'], name=op.f('fk_referral_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral')),
    sa.UniqueConstraint('ref', name=op.f('uq_referral_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_referral_uid'))
    )
    with op.batch_alter_table('referral', schema=None) as batch_op:
        batch_op.create_index('ix_referral_request', ['request_id'], unique=False)

    op.create_table('referral_institution',
    sa.Column('referral_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('km', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_referral_institution_institution_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_institution_referral_id')),
    sa.PrimaryKeyConstraint('referral_id', 'institution_id', name=op.f('pk_referral_institution'))
    )
    op.create_table('referral_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('referral_id', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_link_referral_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_link')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_referral_link_token_digest'))
    )
    with op.batch_alter_table('referral_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referral_link_referral_id'), ['referral_id'], unique=False)

    op.create_table('referral_opening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('browser_digest', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['referral_link.id'], name=op.f('fk_referral_opening_link_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_opening'))
    )
    with op.batch_alter_table('referral_opening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referral_opening_link_id'), ['link_id'], unique=False)

    op.create_table('questionnaire',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=True),
    sa.Column('audience', sa.String(length=10), nullable=False),
    sa.Column('occasion', sa.String(length=10), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('published_id', sa.Integer(), nullable=True),
    sa.Column('opens_on', sa.Date(), nullable=True),
    sa.Column('closes_on', sa.Date(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_questionnaire_prison_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire')),
    sa.UniqueConstraint('ref', name=op.f('uq_questionnaire_ref'))
    )
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_prison_id'), ['prison_id'], unique=False)
    op.create_table('questionnaire_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('questionnaire_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('intro', sa.String(length=1000), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.Column('invited', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['account.id'], name=op.f('fk_questionnaire_version_by')),
    sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id'], name=op.f('fk_questionnaire_version_questionnaire_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire_version')),
    sa.UniqueConstraint('questionnaire_id', 'number', name=op.f('uq_questionnaire_version_questionnaire_id_number'))
    )
    op.create_table('questionnaire_reply',
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_version.id'], name=op.f('fk_questionnaire_reply_version_id')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_questionnaire_reply'))
    )
    with op.batch_alter_table('questionnaire_reply', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_reply_version_id'), ['version_id'], unique=False)
    op.create_table('questionnaire_turn',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_version.id'], name=op.f('fk_questionnaire_turn_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'digest', name=op.f('pk_questionnaire_turn'))
    )
    op.create_table('questionnaire_answer',
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('reply_uid', sa.String(length=43), nullable=False),
    sa.Column('item', sa.Integer(), nullable=False),
    sa.Column('choice', sa.Integer(), nullable=False),
    sa.Column('text_box', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['reply_uid'], ['questionnaire_reply.uid'], name=op.f('fk_questionnaire_answer_reply_uid')),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_questionnaire_answer'))
    )
    with op.batch_alter_table('questionnaire_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_answer_reply_uid'), ['reply_uid'], unique=False)
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.create_foreign_key(batch_op.f('fk_questionnaire_published_id'), 'questionnaire_version', ['published_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('questionnaire_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_answer_reply_uid'))
    op.drop_table('questionnaire_answer')
    op.drop_table('questionnaire_turn')
    with op.batch_alter_table('questionnaire_reply', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_reply_version_id'))
    op.drop_table('questionnaire_reply')
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_questionnaire_published_id'), type_='foreignkey')

    op.drop_table('questionnaire_version')
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_prison_id'))
    op.drop_table('questionnaire')
    with op.batch_alter_table('referral_opening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_referral_opening_link_id'))

    op.drop_table('referral_opening')
    with op.batch_alter_table('referral_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_referral_link_referral_id'))

    op.drop_table('referral_link')
    op.drop_table('referral_institution')
    with op.batch_alter_table('referral', schema=None) as batch_op:
        batch_op.drop_index('ix_referral_request')

    op.drop_table('referral')
    op.drop_table('note_succession')
    with op.batch_alter_table('advice_paper', schema=None) as batch_op:
        batch_op.drop_index('ix_advice_paper_request')

    op.drop_table('advice_paper')
    with op.batch_alter_table('advice_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_advice_note_lawyer_id'))

    op.drop_table('advice_note')
    with op.batch_alter_table('advice_follow_up', schema=None) as batch_op:
        batch_op.drop_index('ix_advice_follow_up_lawyer')

    op.drop_table('advice_follow_up')
    with op.batch_alter_table('advice_document', schema=None) as batch_op:
        batch_op.drop_index('ix_advice_document_request')

    op.drop_table('advice_document')

    with op.batch_alter_table('help_swap', schema=None) as batch_op:
        batch_op.drop_index('ix_help_swap_to')
        batch_op.drop_index(batch_op.f('ix_help_swap_duty_id'))

    op.drop_table('help_swap')
    with op.batch_alter_table('help_seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_help_seat_request_id'))
        batch_op.drop_index('ix_help_seat_duty')

    op.drop_table('help_seat')
    with op.batch_alter_table('help_family_paper', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_help_family_paper_request_id'))
        batch_op.drop_index(batch_op.f('ix_help_family_paper_account_id'))

    op.drop_table('help_family_paper')
    with op.batch_alter_table('help_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_help_code_inmate_id'))

    op.drop_table('help_code')
    op.drop_table('help_request_slip')
    with op.batch_alter_table('help_duty', schema=None) as batch_op:
        batch_op.drop_index('ix_help_duty_lawyer')

    op.drop_table('help_duty')
    op.drop_table('conflict_declaration')
    with op.batch_alter_table('help_request', schema=None) as batch_op:
        batch_op.drop_index('ix_help_request_prison')
        batch_op.drop_index(batch_op.f('ix_help_request_kinship_id'))
        batch_op.drop_index(batch_op.f('ix_help_request_inmate_id'))
        batch_op.drop_index('ix_help_request_due')

    op.drop_table('help_request')
    with op.batch_alter_table('help_day', schema=None) as batch_op:
        batch_op.drop_index('ix_help_day_prison')

    op.drop_table('help_day')
    with op.batch_alter_table('help_series', schema=None) as batch_op:
        batch_op.drop_index('ix_help_series_prison')

    op.drop_table('help_series')
