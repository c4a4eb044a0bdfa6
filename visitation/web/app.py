"""The factory both applications come from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, TemplateNotFound
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from config import FamilySettings, PrisonSettings
from visitation.kernel.clock import Clock
from visitation.store.db import db
from visitation.store.engine import engine_options, prepare
from visitation.store.sealed import vault_from
from visitation.web.addresses import RowNumber, install_plain_text
from visitation.web.admission import install_admission
from visitation.web.door import install_gate
from visitation.web.frame import install_frame
from visitation.web.headers import install_headers
from visitation.web.i18n import install_i18n
from visitation.web.limits import install_limits
from visitation.web.login import Resolve, install_login
from visitation.web.origin import install_origin_check
from visitation.web.pages import install_pages
from visitation.web.request import install_request
from visitation.web.sentences import install_sentences
from visitation.web.traces import install_traces
from visitation.web.zone import ZoneNames

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "visitation" / "store" / "migrations"
LARGEST_REQUEST = 12 * 1024 * 1024
LARGEST_FORM_FIELD = 512 * 1024

csrf = CSRFProtect()
bootstrap = Bootstrap5()


@dataclass(frozen=True)
class Parts:
    """What the composition root gives an application."""

    zone: ZoneNames
    settings: FamilySettings | PrisonSettings
    clock: Clock
    blueprints: Sequence[Blueprint]
    sentences: Sequence[Mapping[str, Any]]
    resolve: Resolve
    device: Callable[..., Any] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    globals: Mapping[str, Any] = field(default_factory=dict)


def create_app(parts: Parts) -> Flask:
    """Put an application together. The order of the installs is the order of a request: moment, origin, who, gate."""
    app = Flask("visitation", root_path=str(ROOT), static_folder="static", template_folder=None)
    _configure(app, parts)
    _open_store(app, parts)
    _separate_templates(app, parts.zone)
    app.url_map.converters["int"] = RowNumber
    app.extensions.update(parts.extensions)
    install_request(app, parts.zone, parts.clock)
    install_admission(app, parts.zone.zone, parts.settings.web_admitted)
    install_origin_check(app, parts.settings.origin)
    csrf.init_app(app)
    install_plain_text(app)
    bootstrap.init_app(app)
    install_i18n(app, parts.zone, ROOT / "translations")
    install_limits(app, parts.settings.redis_url)
    install_login(app, parts.zone, parts.resolve, parts.device)
    install_gate(app)
    install_sentences(app, *parts.sentences)
    install_pages(app)
    install_frame(app)
    for blueprint in parts.blueprints:
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(parts.globals)
    install_headers(app, parts.settings.broker_origins, parts.settings.origin.startswith("https"))
    install_traces(app)
    return app


def _configure(app: Flask, parts: Parts) -> None:
    settings = parts.settings
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME=parts.zone.session_cookie,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_FIELD,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the exact Origin is checked for every request, with or without TLS
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.extensions["settings"] = settings
    app.jinja_env.globals.update(demo=settings.demo)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]


def _open_store(app: Flask, parts: Parts) -> None:
    url = parts.settings.absolute_database_url
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    app.extensions["vault"] = vault_from(parts.settings.field_keys.get_secret_value(), parts.settings.index_key.get_secret_value())
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    with app.app_context():
        for engine in _engines():
            prepare(engine)


def _engines() -> Iterable[Engine]:
    return db.engines.values()


def _separate_templates(app: Flask, zone: ZoneNames) -> None:
    """A zone sees its own templates and the shared ones: `family/…` does not exist for the prison's application."""
    folder = ROOT / "templates"
    app.jinja_loader = ChoiceLoader([_Only(folder, zone.zone.value), _Only(folder, "shared")])


class _Only(FileSystemLoader):
    """Templates of one sub-folder, under their full names."""

    def __init__(self, folder: Path, part: str) -> None:
        super().__init__(folder)
        self._part = f"{part}/"

    def get_source(self, environment: Any, template: str) -> Any:
        if not template.startswith(self._part):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)
