"""Questionnaires of the demo: one for each audience, two of them with answers. Harmless to repeat."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.questionnaires import service
from consult.questionnaires.models import Questionnaire
from consult.questionnaires.rules import Given, Item
from consult.questionnaires.service import Written
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.kernel.identity import Zone
from visitation.kernel.interval import local_day

SINCE, LASTS = timedelta(days=20), timedelta(days=60)
VISIT = (
    Item("scale", "您对本次会见总体是否满意", required=True),
    Item("one", "画面和声音是否清晰", ("清晰", "偶有卡顿", "经常卡顿"), required=True),
    Item("several", "您希望改进哪些方面", ("预约时段", "等候时间", "设备测试", "民警服务")),
    Item("text", "您还有什么建议"),
)
PUBLIC = (
    Item("one", "您从哪里了解到远程视频会见", ("监狱公告", "司法所", "亲友告知", "互联网"), required=True),
    Item("scale", "狱务公开的内容是否清楚易懂", required=True),
)
INSIDE = (
    Item("scale", "您对法律帮助工作是否满意", required=True),
    Item("one", "您最希望得到哪类帮助", ("婚姻家庭", "劳动报酬", "申诉", "其他"), required=True),
    Item("text", "其他意见"),
)
ASKED = (
    ("relatives", "visit", "会见满意度调查（演示）", "感谢您参加会见，请用一分钟告诉我们您的感受。", VISIT, 14),
    ("public", "", "狱务公开意见征集（演示）", "请告诉我们狱务公开工作还有哪些不足。", PUBLIC, 9),
    ("inmates", "", "法律帮助需求调查（演示）", "用于安排视频帮教日的律师和时间。", INSIDE, 0),
)
WORDS = ("", "希望周末也能预约。", "", "民警很耐心。", "声音偶尔断续。")


def some_questionnaires(session: Session, now: datetime) -> None:
    """Published three weeks ago by the legal office, answered since."""
    if session.scalar(select(func.count(Questionnaire.id))):
        return
    office = identity_of(session.scalars(select(Account).where(Account.login == "legal")).one(), Zone.PRISON)
    past = now - SINCE
    first = local_day(past)
    for audience, occasion, title, intro, items, answers in ASKED:
        row = service.write(session, office, None, Written(audience, occasion, title, intro, items), past)
        service.publish(session, office, row.id, first, first + LASTS, past)
        for number in range(answers):
            given = {place: _answer(item, number + place) for place, item in enumerate(items)}
            service.reply(session, row.id, 1, given, service.browser_mark(row.id, f"demo {number}"), past + timedelta(days=number))


def _answer(item: Item, number: int) -> Given:
    if item.kind == "text":
        return Given(text=WORDS[number % len(WORDS)])
    if item.kind == "several":
        return Given(tuple(choice for choice in item.choices if (number >> choice) & 1))
    if item.kind == "scale":
        return Given(((3, 4, 5, 5, 4, 5, 2)[number % 7],))
    return Given((item.choices[(0, 0, 1, 0, 2, 0, 1)[number % 7] % len(item.choices)],))
