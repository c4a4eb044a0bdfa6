"""Who may enter where: one reviewed row for every endpoint of both applications.

A row says: endpoint, methods, roles (`anybody`: signed in or not; `staff`: every role of kernel.identity.STAFF), the function that loads the subject,
the predicate that says whether it is theirs. It is written by hand and compared with the doors themselves, so that a door cannot change by an oversight:
whoever changes one changes the row too, and reads it again. Sources: the design's Roles, and what each page shows.
"""

from dataclasses import dataclass
from typing import Literal

from visitation.kernel.identity import STAFF, Role

Roles = frozenset[Role] | Literal["anybody"]

FAMILY = """
account.close                  GET+POST  family                                                             -                      acts_for_self
account.contact                GET+POST  family                                                             -                      -
account.mobile                 GET+POST  family                                                             -                      acts_for_self
account.mobile_code            GET+POST  family                                                             -                      acts_for_self
account.password               GET+POST  family                                                             -                      acts_for_self
account.revoke                 POST      family                                                             -                      acts_for_self
account.show                   GET       family                                                             -                      -

accounts.code                  GET+POST  anybody                                                            -                      -
accounts.password              GET+POST  anybody                                                            -                      -
accounts.resend                POST      anybody                                                            -                      -
accounts.sign_in               GET+POST  anybody                                                            -                      -
accounts.sign_out              POST      anybody                                                            -                      -

bookings.calendar              GET       family                                                             by_ref                 is_mine
bookings.cancel                GET+POST  family                                                             by_ref                 may_change
bookings.confirm               GET+POST  family                                                             by_ref                 may_change
bookings.hold                  POST      family                                                             -                      -
bookings.mine                  GET       family                                                             -                      -
bookings.months                GET       family                                                             -                      -
bookings.release               POST      family                                                             by_ref                 may_change
bookings.show                  GET       family                                                             by_ref                 is_mine

changes.party                  GET+POST  family                                                             booking_by_ref         may_change
changes.time                   GET       family                                                             booking_by_ref         may_change
changes.to                     GET+POST  family                                                             booking_by_ref         may_change

calendars.feed                 GET       anybody                                                            -                      -
calendars.make                 POST      family+lawyer                                                      -                      acts_for_self
calendars.revoke               POST      family+lawyer                                                      -                      acts_for_self
calendars.show                 GET       family+lawyer                                                      -                      acts_for_self

clerk.code                     GET+POST  clerk                                                              -                      not_assisting
clerk.end                      POST      clerk                                                              -                      -
clerk.home                     GET+POST  clerk                                                              -                      -
clerk.person                   GET+POST  clerk                                                              -                      not_assisting
clerk.register                 GET+POST  clerk                                                              -                      not_assisting
clerk.register_code            GET+POST  clerk                                                              -                      not_assisting
clerk.send_code                POST      clerk                                                              -                      not_assisting

clerk_sign_in.leave            POST      anybody                                                            -                      -
clerk_sign_in.qr               GET       anybody                                                            -                      -
clerk_sign_in.start            GET+POST  anybody                                                            -                      -
clerk_sign_in.step             GET+POST  anybody                                                            -                      -

demo.messages                  GET       anybody                                                            -                      -

help.index                     GET       anybody                                                            -                      -

help_asked.done                POST      family                                                             -                      -
help_asked.index               GET       family                                                             -                      -
help_asked.papers              GET+POST  family                                                             -                      -

home.index                     GET       family                                                             -                      -

lawyer.away                    POST      lawyer                                                             -                      -
lawyer.back                    POST      lawyer                                                             -                      -
lawyer.join                    GET+POST  anybody                                                            -                      -
lawyer_days.answer             POST      lawyer                                                             duty_by_ref            is_my_duty
lawyer_days.answer_swap        POST      lawyer                                                             swap_by_ref            is_my_swap_to_answer
lawyer_days.drop               POST      lawyer                                                             duty_by_ref            is_my_duty
lawyer_days.index              GET       lawyer                                                             -                      -
lawyer_days.swap               GET+POST  lawyer                                                             duty_by_ref            is_my_duty
lawyer_days.withdraw           POST      lawyer                                                             swap_by_ref            is_my_swap
lawyer.me                      GET+POST  lawyer                                                             -                      -
lawyer_conflicts.index         GET+POST  lawyer                                                             -                      -
afternoon.board                GET       lawyer                                                             -                      -
afternoon.show                 GET       lawyer                                                             -                      -

cases.again                    POST      lawyer                                                             request_by_ref         is_in_family_zone
cases.document                 POST      lawyer                                                             request_by_ref         is_in_family_zone
cases.done                     POST      lawyer                                                             -                      -
cases.follow_up                POST      lawyer                                                             request_by_ref         is_in_family_zone
cases.from_family              GET       lawyer                                                             request_by_ref         is_in_family_zone
cases.index                    GET       lawyer                                                             -                      -
cases.note                     POST      lawyer                                                             request_by_ref         is_in_family_zone
cases.paper                    POST      lawyer                                                             request_by_ref         is_in_family_zone
cases.show                     GET       lawyer                                                             request_by_ref         is_in_family_zone
cases.take_over                POST      lawyer                                                             request_by_ref         is_in_family_zone

referral.again                 POST      anybody                                                            -                      -
referral.open_it               POST      anybody                                                            -                      -
referral.show                  GET       anybody                                                            -                      -

referrals.make                 GET+POST  lawyer                                                             request_by_ref         is_in_family_zone
referrals.withdraw             POST      lawyer                                                             request_by_ref         is_in_family_zone

lawyer_questions.case          GET+POST  lawyer                                                             by_ref                 is_in_family_zone
lawyer_questions.extension     POST      lawyer                                                             by_ref                 is_in_family_zone
lawyer_questions.index_of_firm  GET       lawyer                                                             -                      -
lawyer_questions.take          POST      lawyer                                                             by_ref                 is_in_family_zone

inquiry.index                  GET       anybody                                                            -                      -
inquiry.show                   GET       anybody                                                            -                      -

legal_help.index               GET       anybody                                                            -                      -

surveys.after                  GET       anybody                                                            -                      -
surveys.index                  GET       anybody                                                            -                      -
surveys.show                   GET+POST  anybody                                                            -                      -

live.room                      GET       family+lawyer                                                      booking_by_ref         is_mine
live.test                      GET       family+lawyer                                                      booking_by_ref         is_mine
live.test_result               POST      family+lawyer                                                      booking_by_ref         is_mine
live.test_token                POST      family+lawyer                                                      booking_by_ref         is_mine
live.token                     POST      family+lawyer                                                      booking_by_ref         is_mine

nearby.drawn                   GET       anybody                                                            -                      -
nearby.index                   GET       anybody                                                            -                      -

notices.inbox                  GET       family+lawyer                                                      -                      -
notices.open_notice            POST      family+lawyer                                                      notice_by_id           is_addressed_to
notices.read_all               POST      family+lawyer                                                      -                      -

pages.healthz                  GET       anybody                                                            -                      -
pages.language                 POST      anybody                                                            -                      -
pages.type_size                POST      anybody                                                            -                      -

offers.again                   GET+POST  family                                                             offer_by_ref           is_for_me
offers.answer                  POST      family                                                             offer_by_ref           is_for_me
offers.known                   POST      family                                                             booking_by_ref         may_change
offers.rebook                  POST      family                                                             booking_by_ref         may_change
offers.show                    GET       family                                                             offer_by_ref           is_for_me

people.claim                   GET+POST  family                                                             -                      -
people.companion               GET+POST  family                                                             -                      -
people.index                   GET       family                                                             -                      -
people.kinship                 GET       family                                                             kinship_by_ref         is_my_claim
people.object_to_kinship       GET+POST  family                                                             kinship_by_ref         is_my_claim
people.object_to_suspension    GET+POST  family                                                             suspension_by_ref      is_my_suspension
people.object_to_visit         GET+POST  family                                                             booking_by_ref         is_mine
people.objection               GET       family                                                             objection_by_ref       is_my_objection
people.withdraw                POST      family                                                             kinship_by_ref         is_my_claim

questions.ask                  GET+POST  family                                                             -                      -
questions.index                GET       family                                                             -                      -
questions.show                 GET+POST  family                                                             by_ref                 asked_by_me
questions.withdraw             POST      family                                                             by_ref                 asked_by_me

recovery.code                  GET+POST  anybody                                                            -                      -
recovery.details               GET+POST  anybody                                                            -                      -
recovery.start                 GET+POST  anybody                                                            -                      -
recovery.state                 GET       anybody                                                            -                      -

registration.details           GET+POST  anybody                                                            -                      -
registration.document          GET+POST  anybody                                                            -                      -
registration.face              GET+POST  anybody                                                            -                      -
registration.start             GET       anybody                                                            -                      -

sentences.sentences            GET       anybody                                                            -                      -

sessions.index                 GET       lawyer                                                             -                      -

uploads.remove                 POST      anybody                                                            -                      -
uploads.show                   GET       anybody                                                            -                      -
uploads.stage                  POST      anybody                                                            -                      -
uploads.step                   GET+POST  anybody                                                            -                      -

waiting.join                   GET+POST  family                                                             -                      -
waiting.leave                  POST      family                                                             wish_by_ref            is_my_wish
waiting.mine                   GET       family                                                             -                      -
"""
PRISON = """
accounts.code                  GET+POST  anybody                                                            -                      -
accounts.enrol                 GET+POST  anybody                                                            -                      -
accounts.first_password        GET+POST  anybody                                                            -                      -
accounts.qr                    GET       anybody                                                            -                      -
accounts.sign_in               GET+POST  anybody                                                            -                      -
accounts.sign_out              POST      anybody                                                            -                      -

allowances.correct             POST      duty_chief                                                         inmate_by_id           own_inmate
allowances.external            POST      duty_chief+officer                                                 inmate_by_id           own_inmate
allowances.show                GET       administrator+duty_chief+officer+ward_officer                      inmate_by_id           own_inmate

answers.answer                 POST      ward_officer                                                       claim_by_ref           own_ward
answers.index                  GET       ward_officer                                                       -                      -

advice.decide                  POST      ward_officer+legal_office                                          document_by_ref        may_see
advice.file                    GET       ward_officer+legal_office                                          document_by_ref        may_see
advice.handed                  POST      ward_officer+legal_office                                          paper_by_ref           may_see
advice.index                   GET       ward_officer+legal_office                                          -                      -
advice.sheet                   GET       ward_officer+legal_office                                          paper_by_ref           may_see

appointments.cancel            POST      duty_chief+officer+ward_officer                                    appointment_by_id      own_appointment
appointments.index             GET+POST  duty_chief+officer+ward_officer                                    -                      -

audit.chain                    GET       auditor                                                            -                      -
audit.head                     GET       auditor                                                            -                      -
audit.search                   GET       auditor                                                            -                      -
audit.verify                   POST      auditor                                                            -                      -

help_requests.code             GET+POST  duty_chief+officer+ward_officer                                    inmate_by_id           own_inmate
help_requests.decide           POST      legal_office+bureau                                                by_ref                 may_see
help_requests.enter            GET+POST  legal_office+ward_officer                                          inmate_by_id           own_inmate
help_requests.find             GET+POST  duty_chief+legal_office+officer+ward_officer                       -                      -
help_requests.hand_over        POST      legal_office+ward_officer                                          slip_by_id             may_hand
help_requests.hand_over_all    POST      legal_office+ward_officer                                          -                      -
help_requests.hold             POST      legal_office+bureau                                                by_ref                 may_see
help_requests.index            GET       legal_office+bureau+ward_officer                                   -                      -
help_requests.show             GET       legal_office+bureau+ward_officer                                   by_ref                 may_see
help_requests.slip             GET       legal_office+ward_officer                                          slip_by_id             may_hand
help_requests.slips            GET       legal_office+ward_officer                                          -                      -
help_requests.withdraw         POST      bureau+legal_office+ward_officer                                   by_ref                 may_see

help_terminal.index            GET+POST  terminal                                                           -                      -

booking_imports.index          GET+POST  administrator                                                      -                      -
booking_imports.report         GET       administrator                                                      run_by_id              own_run
booking_imports.show           GET       administrator                                                      run_by_id              own_run
booking_imports.template       GET       administrator                                                      -                      -

bookings.call_off              POST      duty_chief                                                         booking_by_ref         may_see
bookings.clear_flag            POST      administrator+duty_chief                                           flag_by_id             may_clear
bookings.day                   GET       administrator+duty_chief+officer+ward_officer                      -                      -
bookings.decide                POST      duty_chief+officer                                                 booking_by_ref         may_see
bookings.give_back             POST      duty_chief                                                         booking_by_ref         may_see
bookings.requests              GET       duty_chief+officer                                                 -                      -
bookings.show                  GET       administrator+duty_chief+officer+ward_officer                      booking_by_ref         may_see

calendars.feed                 GET       anybody                                                            -                      -
calendars.make                 POST      duty_chief+officer+ward_officer+legal_office                       -                      -
calendars.revoke               POST      duty_chief+officer+ward_officer+legal_office                       -                      -
calendars.show                 GET       duty_chief+officer+ward_officer+legal_office                       -                      -

desk.board                     GET       staff                                                              -                      -
desk.index                     GET       staff                                                              -                      -
desk.stream                    GET       auditor+duty_chief+officer+ward_officer                            -                      -

disclosure.act                 POST      legal_office+bureau                                                by_ref                 may_keep
disclosure.create              GET+POST  legal_office+bureau                                                -                      -
disclosure.edit                GET+POST  legal_office+bureau                                                by_ref                 may_keep
disclosure.index               GET       staff                                                              -                      -
disclosure.show                GET       staff                                                              by_ref                 may_read

directory.act                  POST      legal_office+bureau                                                by_ref                 is_open
directory.bring                GET+POST  legal_office+bureau                                                -                      -
directory.create               GET+POST  legal_office+bureau                                                -                      -
directory.drawn                GET       staff                                                              -                      -
directory.entries              GET       legal_office+bureau                                                -                      -
directory.index                GET       staff                                                              -                      -
directory.show                 GET+POST  legal_office+bureau                                                by_ref                 is_open
directory.template             GET       legal_office+bureau                                                -                      -

devices.ask                    POST      anybody                                                            -                      -
devices.forget                 POST      anybody                                                            -                      -
devices.new_code               POST      anybody                                                            -                      -
devices.pair                   GET       anybody                                                            -                      -
devices.revoke                 POST      administrator                                                      terminal_by_id         of_the_prison
devices.show                   GET+POST  administrator                                                      terminal_by_id         of_the_prison

figures.chart                  GET       duty_chief+legal_office+bureau                                     -                      -
figures.index                  GET       duty_chief+legal_office+bureau                                     -                      -
figures.table                  GET       duty_chief+legal_office+bureau                                     -                      -

imports.index                  GET+POST  administrator                                                      -                      -
imports.report                 GET       administrator                                                      import_run             own_run
imports.show                   GET       administrator                                                      import_run             own_run
imports.template               GET       administrator                                                      -                      -

inmates.create                 GET+POST  administrator                                                      -                      -
inmates.edit                   GET+POST  administrator                                                      inmate_by_id           own_inmate
inmates.end_apart              POST      administrator+duty_chief                                           inmate_by_id           own_inmate
inmates.index                  GET       administrator+bureau+duty_chief+legal_office+officer+ward_officer  -                      -
inmates.keep_apart             POST      administrator+duty_chief                                           inmate_by_id           own_inmate
inmates.show                   GET       administrator+bureau+duty_chief+legal_office+officer+ward_officer  inmate_by_id           own_inmate

merging.compare                GET+POST  administrator+bureau                                               pair                   may_see_pair
merging.index                  GET+POST  administrator+bureau                                               -                      -

kinship.decide                 POST      duty_chief+officer                                                 claim_by_ref           own_claim
kinship.file                   GET       duty_chief+officer                                                 claim_by_ref           own_claim
kinship.index                  GET       duty_chief+officer                                                 -                      -
kinship.restriction            POST      duty_chief+officer                                                 claim_by_ref           own_claim
kinship.show                   GET       duty_chief+officer                                                 claim_by_ref           own_claim

kiosk.alive                    POST      terminal                                                           -                      -
kiosk.index                    GET       anybody                                                            -                      -
kiosk.state                    GET       terminal                                                           -                      -
kiosk.test_result              POST      terminal                                                           -                      -
kiosk.test_token               POST      terminal                                                           -                      -
kiosk.token                    POST      terminal                                                           -                      -

kiosk_reading.article          GET       terminal                                                           by_ref                 may_read_inside
kiosk_reading.index            GET       terminal                                                           -                      -
kiosk_reading.topic            GET       terminal                                                           -                      -

kiosk_surveys.show             GET+POST  terminal                                                           by_ref                 may_answer_inside

lawyers.close                  POST      legal_office+bureau                                                open_firm_by_ref       is_shared
lawyers.create                 GET+POST  legal_office+bureau                                                -                      -
lawyers.firm                   GET+POST  legal_office+bureau                                                open_firm_by_ref       is_shared
lawyers.index                  GET       legal_office+bureau                                                -                      -
lawyers.invite                 GET+POST  legal_office+bureau                                                -                      -
lawyers.new_firm               GET+POST  legal_office+bureau                                                -                      -
lawyers.renew_password         POST      legal_office+bureau                                                lawyer_by_ref          is_shared
lawyers.show                   GET+POST  legal_office+bureau                                                lawyer_by_ref          is_shared

help_series.change             GET+POST  legal_office                                                       series_by_ref          same_prison
help_series.create             GET+POST  legal_office                                                       -                      has_a_prison
help_series.end                GET+POST  legal_office                                                       series_by_ref          same_prison
helpdays.ask                   POST      legal_office                                                       day_by_ref             same_prison
helpdays.cancel                POST      legal_office                                                       day_by_ref             same_prison
helpdays.day                   GET       bureau+duty_chief+legal_office+officer+ward_officer                day_by_ref             same_prison
helpdays.drop                  POST      legal_office                                                       duty_by_ref            duty_of_prison
helpdays.index                 GET       bureau+duty_chief+legal_office+officer+ward_officer                -                      -
helpdays.move                  GET+POST  legal_office                                                       day_by_ref             same_prison
helpdays.news_read             POST      ward_officer                                                       -                      -
helpdays.restore               POST      legal_office                                                       day_by_ref             same_prison
helpdays.substitute            POST      legal_office                                                       duty_by_ref            duty_of_prison

help_queue.act                 POST      duty_chief+officer                                                 day_by_ref             same_prison
help_queue.board               GET       duty_chief+officer+legal_office                                    day_by_ref             same_prison
help_queue.more                GET+POST  duty_chief+officer                                                 day_by_ref             same_prison
help_queue.show                GET       duty_chief+officer+legal_office                                    day_by_ref             same_prison

help_plan.again                POST      legal_office                                                       day_by_ref             of_my_prison
help_plan.ask                  POST      legal_office                                                       day_by_ref             of_my_prison
help_plan.fill                 POST      legal_office                                                       day_by_ref             of_my_prison
help_plan.propose              POST      legal_office                                                       day_by_ref             of_my_prison
help_plan.publish              POST      legal_office                                                       day_by_ref             of_my_prison
help_plan.seat                 GET+POST  legal_office                                                       seat_by_ref            of_my_prison
help_plan.show                 GET       legal_office                                                       day_by_ref             of_my_prison
help_plan.take_back            POST      legal_office                                                       day_by_ref             of_my_prison

meetings.call_off              POST      legal_office                                                       meeting_by_ref         of_my_office
meetings.create                GET+POST  legal_office                                                       by_ref                 waits_for_my_office
meetings.index                 GET       legal_office                                                       -                      -

mediation.create               GET+POST  legal_office                                                       -                      -
mediation.follow_up            POST      legal_office                                                       by_ref                 of_my_office
mediation.index                GET       legal_office                                                       -                      -
mediation.show                 GET+POST  legal_office                                                       by_ref                 of_my_office
mediation.withdraw             POST      legal_office                                                       by_ref                 of_my_office

mediation_video.agreement      GET       legal_office                                                       by_ref                 of_my_office
mediation_video.arrange        GET+POST  legal_office                                                       by_ref                 of_my_office
mediation_video.call_off       POST      legal_office                                                       by_ref                 of_my_office

mobile_changes.approve         POST      administrator+duty_chief+officer                                   mobile_change_by_ref   is_here
mobile_changes.index           GET       administrator+duty_chief+officer                                   -                      -
mobile_changes.picture         GET       administrator+duty_chief+officer                                   mobile_change_by_ref   is_here
mobile_changes.refuse          POST      administrator+duty_chief+officer                                   mobile_change_by_ref   is_here
mobile_changes.show            GET       administrator+duty_chief+officer                                   mobile_change_by_ref   is_here

movements.answer               POST      duty_chief+officer+ward_officer                                    booking_by_ref         may_see
movements.board                GET       duty_chief+officer+ward_officer                                    -                      -
movements.index                GET       duty_chief+officer+ward_officer                                    -                      -
movements.paper                GET       duty_chief+officer+ward_officer                                    print_by_id            own_ward
movements.print_list           POST      duty_chief+officer+ward_officer                                    -                      -
movements.step                 POST      duty_chief+officer+ward_officer                                    booking_by_ref         may_see
movements.tell                 GET       duty_chief+officer+ward_officer                                    -                      -
movements.undo                 POST      duty_chief+officer+ward_officer                                    booking_by_ref         may_see
movements.undo_answer          POST      duty_chief+officer+ward_officer                                    booking_by_ref         may_see

objections.index               GET       bureau+duty_chief                                                  -                      -
objections.show                GET+POST  bureau+duty_chief                                                  objection_by_ref       own_objection

officers.assign                GET+POST  duty_chief                                                         booking_by_ref         is_of_my_prison
officers.back                  POST      duty_chief                                                         officer_account        is_of_my_prison
officers.board                 GET       duty_chief+officer                                                 -                      -
officers.index                 GET       duty_chief+officer                                                 -                      -
officers.out                   POST      duty_chief                                                         officer_account        is_of_my_prison
officers.plan                  POST      duty_chief                                                         -                      -

operations.health              GET       administrator+duty_chief+operator                                  -                      -

own_account.end                POST      staff                                                              -                      -
own_account.end_others         POST      staff                                                              -                      -
own_account.password           GET+POST  staff                                                              -                      -
own_account.show               GET       staff                                                              -                      -

pages.healthz                  GET       anybody                                                            -                      -
pages.language                 POST      anybody                                                            -                      -
pages.type_size                POST      anybody                                                            -                      -

places.add_ward                POST      administrator+bureau                                               prison_by_code         own_prison
places.create                  GET+POST  bureau+operator                                                    -                      above_prisons
places.index                   GET       administrator+bureau+operator                                      -                      -
places.levels                  GET+POST  administrator+bureau+operator                                      -                      -
places.prison                  GET+POST  administrator+bureau+operator                                      prison_by_code         own_prison
places.remove_level            POST      bureau+operator                                                    -                      above_prisons
places.ward                    GET+POST  administrator+bureau                                               ward_by_id             own_ward

policies.add                   GET+POST  administrator                                                      -                      -
policies.index                 GET       administrator+auditor+bureau+duty_chief+legal_office+officer       -                      -
policies.show                  GET       administrator+auditor+bureau+duty_chief+legal_office+officer       -                      -
policies.withdraw              POST      administrator                                                      row_by_id              is_mine_to_change

questionnaires.bars            GET       legal_office+bureau                                                by_ref                 may_keep
questionnaires.close           POST      legal_office+bureau                                                by_ref                 may_keep
questionnaires.create          GET+POST  legal_office+bureau                                                -                      -
questionnaires.edit            GET+POST  legal_office+bureau                                                by_ref                 may_keep
questionnaires.enter           GET+POST  ward_officer+legal_office                                          by_ref                 may_enter
questionnaires.index           GET       legal_office+bureau+ward_officer                                   -                      -
questionnaires.publish         POST      legal_office+bureau                                                by_ref                 may_keep
questionnaires.results         GET       legal_office+bureau                                                by_ref                 may_keep
questionnaires.sheet           GET       legal_office+bureau+ward_officer                                   by_ref                 may_print
questionnaires.show            GET       legal_office+bureau                                                by_ref                 may_keep

questions.ask                  GET+POST  ward_officer                                                       -                      -
questions.decide               POST      legal_office+bureau                                                by_ref                 may_see
questions.hand_over            POST      ward_officer                                                       by_ref                 may_see
questions.index                GET       legal_office+bureau+ward_officer                                   -                      -
questions.rate                 GET       legal_office+bureau                                                -                      -
questions.rate_chart           GET       legal_office+bureau                                                -                      -
questions.show                 GET       legal_office+bureau+ward_officer                                   by_ref                 may_see
questions.slip                 GET       legal_office+bureau+ward_officer                                   by_ref                 may_see
questions.withdraw             POST      legal_office+ward_officer                                          by_ref                 asked_by_inmate

recording_requests.ask         GET+POST  duty_chief+officer                                                 session_by_ref         ours
recording_requests.decide      POST      duty_chief                                                         request_by_ref         our_request
recording_requests.fetch       POST      duty_chief+officer                                                 request_by_ref         our_request
recording_requests.index       GET       auditor+duty_chief+officer                                         -                      -
recording_requests.show        GET       auditor+duty_chief+officer                                         request_by_ref         our_request
recording_requests.withdraw    POST      duty_chief+officer                                                 request_by_ref         our_request

recordings.certificate         GET       auditor+duty_chief+officer                                         session_by_ref         ours
recordings.certificate_paper   GET       auditor+duty_chief+officer                                         session_by_ref         ours
recordings.hold                POST      duty_chief                                                         session_by_ref         ours
recordings.index               GET       auditor+duty_chief+officer                                         -                      -
recordings.listening           POST      duty_chief+officer                                                 session_by_ref         ours
recordings.segment             GET       auditor+duty_chief+officer                                         segment_of             our_segment
recordings.show                GET       auditor+duty_chief+officer                                         session_by_ref         ours

relistening.hand_over          POST      duty_chief                                                         session_by_ref         ours
relistening.index              GET       auditor+duty_chief+officer                                         -                      -

reviews.decide                 POST      duty_chief+officer                                                 review_by_ref          ours
reviews.index                  GET       auditor+duty_chief+officer                                         -                      -
reviews.show                   GET       auditor+duty_chief+officer                                         review_by_ref          ours

seen.index                     GET+POST  auditor                                                            -                      -
seen.show                      GET       auditor                                                            -                      -

sentences.sentences            GET       anybody                                                            -                      -

staff.close                    POST      administrator+bureau+operator                                      staff_account          keeps
staff.create                   GET+POST  administrator+bureau+operator                                      -                      -
staff.edit                     GET+POST  administrator+bureau+operator                                      staff_account          keeps
staff.index                    GET       administrator+bureau+operator                                      -                      -
staff.reset_password           POST      administrator+bureau+operator                                      staff_account          keeps
staff.reset_second_factor      POST      administrator+bureau+operator                                      staff_account          keeps

supervision.attention          POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.check_in           GET       duty_chief+officer                                                 booking_by_ref         ours
supervision.console            GET       duty_chief+officer                                                 booking_by_ref         ours
supervision.decide             POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.decide_outside     POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.extend             POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.finish             POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.not_held           POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.outcome            POST      duty_chief+officer                                                 booking_by_ref         ours
supervision.photo              GET       duty_chief+officer                                                 booking_by_ref         ours
supervision.state              GET       duty_chief+officer                                                 booking_by_ref         ours
supervision.token              POST      duty_chief+officer                                                 booking_by_ref         ours

suspensions.index              GET       duty_chief+officer                                                 -                      -
suspensions.inmate             GET+POST  duty_chief+officer                                                 inmate_by_id           own_inmate
suspensions.lift               POST      duty_chief+officer                                                 suspension_by_ref      own_suspension
suspensions.show               GET       duty_chief+officer                                                 suspension_by_ref      own_suspension
suspensions.visitor            GET+POST  duty_chief+officer                                                 claim_by_ref           own_claim

terminals.create               GET+POST  administrator                                                      prison_by_code         own_prison
terminals.edit                 GET+POST  administrator                                                      terminal_by_id         own_terminal
terminals.index                GET       administrator+duty_chief                                           -                      -

timetable.add                  GET+POST  administrator+duty_chief                                           -                      -
timetable.add_duty             GET+POST  administrator+duty_chief                                           -                      -
timetable.change               GET+POST  administrator+duty_chief                                           template_by_id         is_of_my_prison
timetable.change_duty          GET+POST  administrator+duty_chief                                           duty_by_id             is_of_my_prison
timetable.close                GET+POST  administrator+duty_chief                                           -                      -
timetable.closures             GET       administrator+duty_chief                                           -                      -
timetable.days                 GET       administrator+duty_chief                                           -                      -
timetable.decide               GET+POST  administrator+duty_chief                                           -                      -
timetable.end                  GET+POST  administrator+duty_chief                                           template_by_id         is_of_my_prison
timetable.index                GET       administrator+duty_chief                                           -                      -
timetable.lift                 POST      administrator+duty_chief                                           closure_by_id          is_of_my_prison
timetable.line                 GET+POST  administrator+duty_chief                                           -                      -
timetable.remove_day           GET+POST  administrator+duty_chief                                           day_by_id              is_of_my_prison
timetable.remove_duty          GET+POST  administrator+duty_chief                                           duty_by_id             is_of_my_prison
timetable.roster               GET       administrator+duty_chief                                           -                      -
timetable.rows                 GET       administrator+duty_chief                                           -                      -
timetable.serve                GET+POST  administrator+duty_chief                                           terminal_by_id         is_of_my_prison
timetable.terminals            GET       administrator+duty_chief                                           -                      -
timetable.ward                 GET+POST  administrator+duty_chief                                           ward_by_id             is_of_my_prison
timetable.wards                GET       administrator+duty_chief                                           -                      -
timetable.year                 GET+POST  administrator+duty_chief                                           -                      -
timetable.year_table           GET       administrator+duty_chief                                           -                      -

equipment.helped               POST      duty_chief+officer                                                 due_by_id              is_ours
equipment.index                GET       duty_chief+officer                                                 -                      -

wall.accept                    POST      duty_chief+officer                                                 booking_by_ref         ours
wall.index                     GET       duty_chief+officer                                                 -                      -
wall.offer                     POST      duty_chief+officer                                                 booking_by_ref         ours
wall.sessions                  GET       duty_chief+officer                                                 -                      -
wall.withdraw                  POST      duty_chief+officer                                                 booking_by_ref         ours

worklist.act                   POST      duty_chief                                                         -                      -
worklist.index                 GET       administrator+duty_chief+officer                                   -                      -
worklist.move                  POST      duty_chief                                                         -                      -
worklist.telephoned            POST      duty_chief+officer                                                 booking_by_ref         is_of_my_prison
"""


@dataclass(frozen=True)
class Row:
    """One endpoint. `subject` and `check` are names of functions, or "-"."""

    methods: frozenset[str]
    roles: Roles
    subject: str
    check: str


def _roles(words: str) -> Roles:
    if words == "anybody":
        return "anybody"
    return STAFF if words == "staff" else frozenset(Role(word) for word in words.split("+"))


def _rows(text: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for line in filter(None, text.splitlines()):
        endpoint, methods, roles, subject, check = line.split()
        assert endpoint not in found, f"{endpoint} stands twice"
        found[endpoint] = Row(frozenset(methods.split("+")), _roles(roles), subject, check)
    return found


ROWS: dict[str, dict[str, Row]] = {"family": _rows(FAMILY), "prison": _rows(PRISON)}
ACCESS: dict[str, dict[str, Roles]] = {zone: {endpoint: row.roles for endpoint, row in rows.items()} for zone, rows in ROWS.items()}
