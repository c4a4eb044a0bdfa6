"""The broker's settings, from the environment with the prefix BROKER_."""

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from visitation.signalling.tokens import Zone, load_public_key

Words = Annotated[tuple[str, ...], NoDecode]


class BrokerSettings(BaseSettings):
    """Every setting has a default that suits one machine, except the two public keys."""

    model_config = SettingsConfigDict(env_prefix="BROKER_", frozen=True)

    id: str = "broker-1"
    outside_host: str = "127.0.0.1"
    outside_port: int = 8002
    inside_host: str = "127.0.0.1"
    inside_port: int = 8003
    outside_url: str = ""
    inside_url: str = ""
    outside_origins: Words = ()
    inside_origins: Words = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: Words = ("127.0.0.1", "::1")
    family_public_key: str
    prison_public_key: str
    recording_public_key: str = ""
    data_dir: Path = Path("var/broker")
    media_outside_bind: str = ""
    media_inside_bind: str = ""
    media_outside_advertise: str = ""
    media_inside_advertise: str = ""
    media_ports: Annotated[tuple[int, int] | None, NoDecode] = None
    media_outside_ports: Annotated[tuple[int, int] | None, NoDecode] = None
    media_inside_ports: Annotated[tuple[int, int] | None, NoDecode] = None
    ice_servers: Annotated[list[dict[str, Any]], NoDecode] = Field(default_factory=list)
    turn_urls: Words = ()
    turn_secret: str = ""
    max_sessions: int = 60
    joins_per_minute: int = 120
    drain_seconds: Annotated[float, Field(ge=0, le=6 * 3600)] = 0
    record_reserve_mb: int = 200
    standing_seconds: Annotated[float, Field(gt=0, le=30)] = 30
    journal_seconds: Annotated[float, Field(gt=0, le=30)] = 30  # how long visits go on while nothing can be written down about them

    @field_validator("outside_origins", "inside_origins", "trusted_proxies", "turn_urls", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(w.strip() for w in value.split(",") if w.strip()) if isinstance(value, str) else value

    @field_validator("media_ports", "media_outside_ports", "media_inside_ports", mode="before")
    @classmethod
    def _range(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        low, _, high = value.partition("-")
        first, last = int(low), int(high or low)
        if not 1024 <= first <= last <= 65535:
            raise ValueError("a port range is LOW-HIGH within 1024-65535")
        return first, last

    @field_validator("ice_servers", mode="before")
    @classmethod
    def _servers(cls, value: object) -> object:
        return json.loads(value or "[]") if isinstance(value, str) else value

    @field_validator("family_public_key", "prison_public_key")
    @classmethod
    def _key(cls, value: str) -> str:
        load_public_key(value)
        return value

    @property
    def public_keys(self) -> dict[Zone, str]:
        return {Zone.FAMILY: self.family_public_key, Zone.PRISON: self.prison_public_key}

    def url(self, zone: Zone) -> str:
        """The WebSocket base URL of a listener, as told to others."""
        scheme = "wss" if self.tls_certificate else "ws"
        if zone is Zone.FAMILY:
            return self.outside_url or f"{scheme}://{self.outside_host}:{self.outside_port}"
        return self.inside_url or f"{scheme}://{self.inside_host}:{self.inside_port}"

    def origins(self, zone: Zone) -> tuple[str, ...]:
        return self.outside_origins if zone is Zone.FAMILY else self.inside_origins

    def media_address(self, zone: Zone) -> tuple[str, str]:
        """The address to bind media sockets to and the one to tell clients; empty means every interface."""
        if zone is Zone.FAMILY:
            return self.media_outside_bind, self.media_outside_advertise
        return self.media_inside_bind, self.media_inside_advertise

    def port_range(self, zone: Zone) -> tuple[int, int] | None:
        """The UDP ports for media of one side; both sides share `media_ports` where they have none of their own."""
        return (self.media_outside_ports if zone is Zone.FAMILY else self.media_inside_ports) or self.media_ports
