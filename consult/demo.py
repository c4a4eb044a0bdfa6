"""Legal help of the demo: firms, a lawyer's sign-in, questions in every state with their lamps, and a directory around two cities. Harmless to repeat."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult import demo_history
from consult.directory import places
from consult.directory import service as directory
from consult.directory.models import Institution
from consult.disclosure import service as disclosure
from consult.disclosure.models import Article
from consult.helpdays import demo as helpdays
from consult.helpdays import demo_plan as helpday_plan
from consult.lawyers import service as lawyers
from consult.lawyers.models import Firm, Lawyer
from consult.mediation import demo as mediation
from consult.questionnaires import demo as questionnaires
from consult.questions import service as questions
from consult.questions.models import Question
from consult.questions.service import Asked
from consult.referrals import demo as referrals
from consult.requests import demo as requests
from visitation.accounts.models import Account
from visitation.accounts.passwords import hash_password
from visitation.accounts.queries import identity_of
from visitation.accounts.second_factor import new_secret
from visitation.demo.logins import FAMILIES, PASSWORD
from visitation.kernel.identity import Identity, Zone
from visitation.people.models import Inmate, Prison
from visitation.store.sealed import vault

LAWYER_LOGIN = "lawyer"
FIRMS = {"明德律师事务所（演示）": (), "青山法律援助中心（演示）": ("labour", "marriage", "social")}
LAWYERS = (
    (LAWYER_LOGIN, "苏敏", "11101202010000001", "明德律师事务所（演示）", ("zh",)),
    ("lawyer2", "古丽娜尔", "11101202010000002", "青山法律援助中心（演示）", ("zh", "ug")),
)
CITIES = ("441900", "440300", "440100", "440600", "441300", "510100", "511300", "510700")
NAMES = {
    "legal_aid": "法律援助中心",
    "law_firm": "示例律师事务所",
    "notary": "公证处",
    "forensic": "司法鉴定中心",
    "mediation": "人民调解委员会",
    "labour_arbitration": "劳动人事争议仲裁院",
}
ASKED = (
    ("labour", "父亲在外地打工被拖欠工资", "我父亲在东莞的工地干了三个月，包工头一直拖欠工资。应该找哪个部门？需要什么材料？", 0),
    ("marriage", "妻子提出离婚，孩子归谁抚养", "妻子来信说要离婚，孩子八岁，一直由我母亲照看。我该怎么办？", 1),
    ("inheritance", "父亲去世后老家房屋怎么继承", "父亲上月去世，老家有一处房屋，我和妹妹怎样办理继承？", 4),
    ("civil", "替朋友担保的借款逾期了", "我曾为朋友的借款担保，现在债主要求家人还钱，合法吗？", 9),
    ("social", "服刑期间养老保险怎么办", "入监前参加了职工养老保险，服刑期间还要缴费吗？", 12),
)
ANSWER = "您好。现就您咨询的问题答复如下：\n一、请先保留合同、转账记录等证据。\n二、可向当地法律援助中心申请援助。"
ARTICLES = (
    (
        "guide",
        "public",
        "visits",
        "远程视频会见办理指南（演示）",
        "一、亲属使用手机号登录并登记身份。\n二、提交关系证明，由监狱审核。\n三、审核通过后预约会见时间，并提前测试设备。",
    ),
    ("article", "public", "visits", "会见须知（演示）", "会见时请携带登记的身份证件，保持网络畅通。会见过程由民警监督，家属会见依规定录音录像。"),
    ("article", "relatives", "sentence", "减刑、假释办理程序（演示）", "减刑、假释由监狱依法提请，人民法院审理裁定。亲属可向狱务咨询台咨询办理进度。"),
    ("article", "inmates", "legal", "服刑人员申请法律帮助须知（演示）", "可向监区民警提出法律咨询，也可预约视频帮教日的律师咨询。"),
    (
        "guide",
        "inmates",
        "sentence",
        "减刑、假释申请须知（演示）",
        "一、减刑、假释由监狱依法提请，人民法院裁定。\n二、计分考核结果是提请减刑的依据之一，每月公示。\n三、对公示内容有异议的，可在公示期内向监区提出。",
    ),
    ("guide", "inmates", "rights", "申诉、控告、检举须知（演示）", "可向监狱、检察机关或上级机关提出。信件不受检查，可投入检察官信箱。"),
    ("guide", "inmates", "health", "就医指南（演示）", "身体不适请立即报告值班民警。慢性病人员每月由监狱医院复查一次。"),
)


def _staff(session: Session, login: str) -> Identity:
    return identity_of(session.scalars(select(Account).where(Account.login == login)).one(), Zone.PRISON)


def firms_and_lawyers(session: Session, now: datetime) -> None:
    """Two firms with a verified lawyer each; the first signs in with the demo's password."""
    if session.scalar(select(func.count(Firm.id))):
        return
    office = _staff(session, "legal")
    made = {name: lawyers.save_firm(session, office, None, name, "0990-5550303", "示例省青山县", matters, now) for name, matters in FIRMS.items()}
    hashed = hash_password(PASSWORD)
    for login, name, licence, firm, languages in LAWYERS:
        profile = lawyers.Profile(name, licence, (), languages, ())
        row = lawyers.enter(session, office, made[firm].id, profile, lawyers.Credentials(login, hashed, once=False), now)
        row.account.totp_secret = new_secret()
        lawyers.verify(session, office, row.id, "演示数据", now)


def institutions(session: Session, now: datetime) -> None:
    """Every kind of institution in eight cities."""
    if session.scalar(select(func.count(Institution.id))):
        return
    office = _staff(session, "legal")
    for number, code in enumerate(CITIES):
        place = places.every()[code]
        for offset, (kind, name) in enumerate(NAMES.items()):
            address, phone = f"{place.path}示例路{10 * number + offset + 1}号", f"0990-{5551000 + 10 * number + offset}"
            entry = directory.Entry(kind, f"{place.name}{name}（演示）", code, address, phone, "周一至周五 9:00-12:00，14:00-17:00")
            directory.enter(session, office, entry, now)


def some_questions(session: Session, now: datetime) -> None:
    """One question of each state, some late: the lamps have something to show."""
    inmate = session.scalar(select(Inmate).join(Prison).where(Prison.code == "QS").order_by(Inmate.id))
    relative = session.scalar(select(Account).where(Account.mobile_index == vault().index(f"+86{FAMILIES[0].mobile}", "mobile")))
    lawyer = session.scalar(select(Lawyer).join(Account, Account.id == Lawyer.account_id).where(Account.login == LAWYER_LOGIN))
    if inmate is None or relative is None or lawyer is None or session.scalar(select(func.count(Question.id))):
        return
    office, ward = _staff(session, "legal"), _staff(session, "ward")
    for number, (matter, title, text, days) in enumerate(ASKED):
        at, asked = now - timedelta(days=days), Asked(matter, title, text)
        by_inmate = number % 2 == 1
        one = (
            questions.ask_for_inmate(session, ward, inmate.id, asked, at)
            if by_inmate
            else questions.ask(session, identity_of(relative, "family"), inmate.prison_id, asked, at)
        )
        if number >= 1:
            questions.route(session, office, one.id, lawyer.firm_id, at)
        if number >= 3:
            who = identity_of(lawyer.account, "family")
            questions.answer(session, who, lawyer, one.id, ANSWER, at)
        if number == 4:
            questions.deliver(session, office, one.id, at + timedelta(days=1))


def some_articles(session: Session, now: datetime) -> None:
    """What the inquiry desk shows, for each audience."""
    if session.scalar(select(func.count(Article.id))):
        return
    office = _staff(session, "legal")
    for kind, audience, topic, title, body in ARTICLES:
        article = disclosure.write(session, office, None, disclosure.Written(kind, audience, title, body, topic=topic), now)
        disclosure.publish(session, office, article.id, now)


STEPS = (
    firms_and_lawyers,
    institutions,
    some_questions,
    some_articles,
    mediation.some_cases,
    questionnaires.some_questionnaires,
    requests.some_requests,
    *helpdays.STEPS,
    *helpday_plan.STEPS,
    demo_history.past,
    *referrals.STEPS,
)
"""In this order, each in a transaction of its own."""
