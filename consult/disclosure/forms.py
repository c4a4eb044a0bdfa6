"""Shape of what is typed about articles."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consult.disclosure import words
from consult.disclosure.models import Article
from consult.disclosure.service import Written
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

MOST_TYPED = 200_000


class ArticleForm(Form):
    kind = SelectField(_l("What it is"), choices=choices(words.KINDS))
    audience = SelectField(_l("Whom it is for"), choices=choices(words.AUDIENCES))
    topic = SelectField(_l("Topic"), choices=choices(words.TOPICS), default="other")
    title = StringField(_l("Title"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)])
    body = TextAreaField(_l("Text"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], render_kw={"rows": "16"})
    seen = HiddenField(default="0")

    def show(self, article: Article) -> None:
        latest = article.latest
        self.kind.data, self.audience.data, self.topic.data = article.kind, article.audience, article.topic
        self.title.data, self.body.data, self.seen.data = latest.title, latest.body, str(latest.number)

    def written(self) -> Written:
        seen = self.seen.data if str(self.seen.data).isdecimal() else "0"
        return Written(self.kind.data, self.audience.data, self.title.data, self.body.data, int(seen), self.topic.data)
