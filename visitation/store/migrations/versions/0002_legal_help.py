"""legal help

Revision ID: 0002
Revises: 0001

Tables of consult/. Expand first, contract later: the version before this one must still run on the new schema (architecture.md).
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('institution',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('place_code', sa.String(length=6), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=False),
    sa.Column('longitude', sa.Double(), nullable=False),
    sa.Column('exact', sa.Boolean(), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('hours', sa.String(length=120), nullable=False),
    sa.Column('services', sa.Text(), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_institution')),
    sa.UniqueConstraint('ref', name=op.f('uq_institution_ref'))
    )
    with op.batch_alter_table('institution', schema=None) as batch_op:
        batch_op.create_index('ix_institution_kind', ['kind', 'closed_at'], unique=False)

    op.create_table('firm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('matters', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_firm')),
    sa.UniqueConstraint('name', name=op.f('uq_firm_name')),
    sa.UniqueConstraint('ref', name=op.f('uq_firm_ref'))
    )
    op.create_table('lawyer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('firm_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('licence', sa.String(length=17), nullable=False),
    sa.Column('matters', sa.JSON(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('weekdays', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('submitted_at', sa.DateTime(), nullable=False),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('checked', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_lawyer_account_id_account')),
    sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name=op.f('fk_lawyer_decided_by_account')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_lawyer_firm_id_firm')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lawyer')),
    sa.UniqueConstraint('account_id', name=op.f('uq_lawyer_account_id')),
    sa.UniqueConstraint('licence', name=op.f('uq_lawyer_licence')),
    sa.UniqueConstraint('ref', name=op.f('uq_lawyer_ref'))
    )
    with op.batch_alter_table('lawyer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lawyer_firm_id'), ['firm_id'], unique=False)

    op.create_table('lawyer_away',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lawyer_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_lawyer_away_ordered')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_lawyer_away_lawyer_id_lawyer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lawyer_away'))
    )
    with op.batch_alter_table('lawyer_away', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lawyer_away_lawyer_id'), ['lawyer_id'], unique=False)

    op.create_table('lawyer_invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('firm_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('invited_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_lawyer_invitation_firm_id_firm')),
    sa.ForeignKeyConstraint(['invited_by'], ['account.id'], name=op.f('fk_lawyer_invitation_invited_by_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lawyer_invitation')),
    sa.UniqueConstraint('code_digest', name=op.f('uq_lawyer_invitation_code_digest'))
    )

    op.create_table('question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('form', sa.String(length=10), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=False),
    sa.Column('inmate_id', sa.Integer(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('entered_by', sa.Integer(), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('text_box', sa.LargeBinary(), nullable=True),
    sa.Column('answer_box', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('acknowledge_by', sa.DateTime(), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(), nullable=True),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('level_due_at', sa.DateTime(), nullable=False),
    sa.Column('firm_id', sa.Integer(), nullable=True),
    sa.Column('lawyer_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('returned_note', sa.Text(), nullable=False),
    sa.Column('checked_by', sa.Integer(), nullable=True),
    sa.Column('delivered_at', sa.DateTime(), nullable=True),
    sa.Column('handed_over_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('closing_note', sa.String(length=200), nullable=False),
    sa.Column('satisfaction', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_question_account_id_account')),
    sa.ForeignKeyConstraint(['checked_by'], ['account.id'], name=op.f('fk_question_checked_by_account')),
    sa.ForeignKeyConstraint(['entered_by'], ['account.id'], name=op.f('fk_question_entered_by_account')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_question_firm_id_firm')),
    sa.ForeignKeyConstraint(['inmate_id'], ['inmate.id'], name=op.f('fk_question_inmate_id_inmate')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_question_lawyer_id_lawyer')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['question.id'], name=op.f('fk_question_merged_into_id_question')),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_question_prison_id_prison')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question')),
    sa.UniqueConstraint('ref', name=op.f('uq_question_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_question_uid'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_question_due', ['state', 'level_due_at'], unique=False)
        batch_op.create_index('ix_question_firm', ['firm_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_question_inmate_id'), ['inmate_id'], unique=False)
        batch_op.create_index('ix_question_prison', ['prison_id', 'received_at'], unique=False)

    op.create_table('question_extension',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['account.id'], name=op.f('fk_question_extension_asked_by_account')),
    sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name=op.f('fk_question_extension_decided_by_account')),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_question_extension_question_id_question')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_extension'))
    )
    with op.batch_alter_table('question_extension', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_extension_question_id'), ['question_id'], unique=False)

    op.create_table('question_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_question_step_question_id_question')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_step')),
    sa.UniqueConstraint('question_id', 'level', 'due_at', name=op.f('uq_question_step_question_id_level_due_at'))
    )
    with op.batch_alter_table('question_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_step_question_id'), ['question_id'], unique=False)

    op.create_table('mediation_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=False),
    sa.Column('inmate_id', sa.Integer(), nullable=False),
    sa.Column('other_name', sa.String(length=100), nullable=False),
    sa.Column('other_relation', sa.String(length=30), nullable=False),
    sa.Column('other_phone_box', sa.LargeBinary(), nullable=True),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('summary_box', sa.LargeBinary(), nullable=True),
    sa.Column('agreement_box', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('followed_up_at', sa.DateTime(), nullable=True),
    sa.Column('follow_up_note', sa.String(length=400), nullable=False),
    sa.Column('reminded_for', sa.Date(), nullable=True),
    sa.Column('kinship_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['inmate_id'], ['inmate.id'], name=op.f('fk_mediation_case_inmate_id_inmate')),
    sa.ForeignKeyConstraint(['kinship_id'], ['kinship.id'], name=op.f('fk_mediation_case_kinship_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['account.id'], name=op.f('fk_mediation_case_opened_by_account')),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_mediation_case_prison_id_prison')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mediation_case')),
    sa.UniqueConstraint('ref', name=op.f('uq_mediation_case_ref')),
    sa.UniqueConstraint('uid', name=op.f('uq_mediation_case_uid'))
    )
    with op.batch_alter_table('mediation_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mediation_case_inmate_id'), ['inmate_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mediation_case_kinship_id'), ['kinship_id'], unique=False)
        batch_op.create_index('ix_mediation_case_prison', ['prison_id', 'state'], unique=False)

    op.create_table('mediation_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=43), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('means', sa.String(length=10), nullable=False),
    sa.Column('result', sa.String(length=20), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('note_box', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_mediation_attempt_booking_id')),
    sa.ForeignKeyConstraint(['by'], ['account.id'], name=op.f('fk_mediation_attempt_by_account')),
    sa.ForeignKeyConstraint(['case_id'], ['mediation_case.id'], name=op.f('fk_mediation_attempt_case_id_mediation_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mediation_attempt')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_mediation_attempt_booking_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_mediation_attempt_uid'))
    )
    with op.batch_alter_table('mediation_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mediation_attempt_case_id'), ['case_id'], unique=False)

    op.create_table('article',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=12), nullable=False),
    sa.Column('prison_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('audience', sa.String(length=10), nullable=False),
    sa.Column('topic', sa.String(length=12), nullable=False),
    sa.Column('published_id', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['prison_id'], ['prison.id'], name=op.f('fk_article_prison_id_prison')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article')),
    sa.UniqueConstraint('ref', name=op.f('uq_article_ref'))
    )
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_article_prison_id'), ['prison_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_article_topic'), ['topic'], unique=False)

    op.create_table('article_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_version_article_id_article')),
    sa.ForeignKeyConstraint(['by'], ['account.id'], name=op.f('fk_article_version_by_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_version')),
    sa.UniqueConstraint('article_id', 'number', name=op.f('uq_article_version_article_id_number'))
    )
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.create_foreign_key(batch_op.f('fk_article_published_id_article_version'), 'article_version', ['published_id'], ['id'])

    op.create_table('article_gram',
    sa.Column('gram', sa.String(length=40), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('in_title', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_gram_article_id_article')),
    sa.PrimaryKeyConstraint('gram', 'article_id', name=op.f('pk_article_gram'))
    )
    with op.batch_alter_table('article_gram', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_article_gram_article_id'), ['article_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('article_gram', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_article_gram_article_id'))

    op.drop_table('article_gram')
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_article_published_id_article_version'), type_='foreignkey')

    op.drop_table('article_version')
    with op.batch_alter_table('article', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_article_topic'))
        batch_op.drop_index(batch_op.f('ix_article_prison_id'))

    op.drop_table('article')
    with op.batch_alter_table('mediation_attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mediation_attempt_case_id'))

    op.drop_table('mediation_attempt')
    with op.batch_alter_table('mediation_case', schema=None) as batch_op:
        batch_op.drop_index('ix_mediation_case_prison')
        batch_op.drop_index(batch_op.f('ix_mediation_case_kinship_id'))
        batch_op.drop_index(batch_op.f('ix_mediation_case_inmate_id'))

    op.drop_table('mediation_case')
    with op.batch_alter_table('question_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_step_question_id'))

    op.drop_table('question_step')
    with op.batch_alter_table('question_extension', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_extension_question_id'))

    op.drop_table('question_extension')
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_index('ix_question_prison')
        batch_op.drop_index(batch_op.f('ix_question_inmate_id'))
        batch_op.drop_index('ix_question_firm')
        batch_op.drop_index('ix_question_due')
        batch_op.drop_index(batch_op.f('ix_question_account_id'))

    op.drop_table('question')
    op.drop_table('lawyer_invitation')
    with op.batch_alter_table('lawyer_away', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lawyer_away_lawyer_id'))

    op.drop_table('lawyer_away')
    with op.batch_alter_table('lawyer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lawyer_firm_id'))

    op.drop_table('lawyer')
    op.drop_table('firm')
    with op.batch_alter_table('institution', schema=None) as batch_op:
        batch_op.drop_index('ix_institution_kind')

    op.drop_table('institution')
