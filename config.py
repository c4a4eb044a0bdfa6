"""Settings, one class for each zone. They come from the environment; a missing secret stops the start and names itself."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent


class Settings(BaseSettings):
    """What both zones need. Secrets have no default."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///var/visitation.sqlite3"
    redis_url: str | None = None
    data_dir: Path = ROOT / "var"
    field_keys: SecretStr = Field(description="id:base64 of 32 bytes, comma-separated; the first is current")
    index_key: SecretStr
    demo: bool = False
    trusted_proxies: int = 0
    web_admitted: int = Field(default=12, description="requests a web process works on at once; more are asked to wait")
    sms_url: str | None = None
    sms_token: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = "visits@localhost"
    family_origin: str = "http://localhost:8000"
    prison_origin: str = "http://localhost:8001"
    broker_origins: str = "ws://localhost:8002 ws://localhost:8003"

    @property
    def absolute_database_url(self) -> str:
        """A relative SQLite path counts from the project's folder, wherever the process was started."""
        prefix = "sqlite:///"
        if self.database_url.startswith(prefix) and not self.database_url.startswith("sqlite:////"):
            path = self.database_url.removeprefix(prefix)
            return prefix + path if path == ":memory:" else f"{prefix}{ROOT / path}"
        return self.database_url


class FamilySettings(Settings):
    """The Internet side: families, clerks and lawyers."""

    family_secret_key: SecretStr
    family_signing_key: SecretStr
    letters_private_key: SecretStr = Field(description="opens what only lawyers read (consult/sealing.py); X25519, base64 of 32 bytes")

    @property
    def secret_key(self) -> SecretStr:
        return self.family_secret_key

    @property
    def signing_key(self) -> SecretStr:
        return self.family_signing_key

    @property
    def origin(self) -> str:
        return self.family_origin


class PrisonSettings(Settings):
    """The intranet side: officers, terminals, administrators, jobs."""

    prison_secret_key: SecretStr
    prison_signing_key: SecretStr
    recording_private_key: SecretStr
    letters_public_key: str = Field(description="seals what only lawyers read; base64 of 32 bytes")
    broker_control_urls: str = "http://127.0.0.1:8003"
    prison_health_url: str = Field(default="", description="what the link asks whether the application stands; <prison_origin>/healthz while empty")

    @property
    def secret_key(self) -> SecretStr:
        return self.prison_secret_key

    @property
    def signing_key(self) -> SecretStr:
        return self.prison_signing_key

    @property
    def origin(self) -> str:
        return self.prison_origin
