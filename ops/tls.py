"""Certificates for `make run TLS=1`: a phone gives a page its camera only over HTTPS. Made by trustme, for trying out and for nothing else."""

import asyncio
import contextlib
import os
import socket
import ssl
import sys
from pathlib import Path

import trustme


def lan_address() -> str:
    """This machine's address in the local network. No packet is sent: a datagram socket only has to choose its way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def certificate(folder: Path, address: str) -> tuple[Path, Path, Path]:
    """Paths of (authority, certificate chain, key) for localhost and `address`. The authority stays, so that a phone has to trust it only once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    chain, key = folder / f"{address}.pem", folder / f"{address}.key"
    if authority.exists() and authority_key.exists():
        maker = trustme.CA.from_pem(authority.read_bytes(), authority_key.read_bytes())
    else:
        maker = trustme.CA(organization_name="Visits on this network (trial)")
        _keep(authority, maker.cert_pem.bytes())
        _keep(authority_key, maker.private_key_pem.bytes())
    if not (chain.exists() and key.exists()):
        made = maker.issue_cert("localhost", "127.0.0.1", address)
        _keep(chain, b"".join(part.bytes() for part in made.cert_chain_pems))
        _keep(key, made.private_key_pem.bytes())
    return authority, chain, key


def _keep(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


async def unwrap(listen: int, forward: int, chain: str, key: str) -> None:
    """Take TLS off in front of a broker's listener, as nginx does in a real installation."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", forward)
        except OSError:
            writer.close()
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, inner_writer))
            group.create_task(_copy(inner_reader, writer))

    async with await asyncio.start_server(serve, "0.0.0.0", listen, ssl=context) as server:  # noqa: S104 - the local network is the point
        await server.serve_forever()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()


async def _pairs(pairs: list[str], chain: str, key: str) -> None:
    async with asyncio.TaskGroup() as group:
        for pair in pairs:
            listen, forward = pair.split(":")
            group.create_task(unwrap(int(listen), int(forward), chain, key))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_pairs(sys.argv[3:], sys.argv[1], sys.argv[2]))
