"""What an operator decides about the dashboard."""

from dataclasses import dataclass
from ipaddress import ip_address

from services.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class DashboardOptions:
    """Where it listens and to whom it answers.

    `allowed_hosts` are names and addresses, without port, that a Host header may carry. `token` opens full texts to
    remote readers; without one a listener beyond loopback needs `open_reading`. Times in seconds.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    token: str | None = None
    open_reading: bool = False
    query_timeout: float = 10.0
    drain: float = 5.0
    connections: int = 1000
    export_rows: int = 10_000

    def check(self) -> None:
        """Raises ConfigError where the world could read without anybody having said so."""
        if self.token is None and not self.open_reading and not is_loopback(self.host):
            raise ConfigError(
                f"DATELINE_DASHBOARD_HOST: {self.host} is open to other machines: set DATELINE_DASHBOARD_TOKEN (full "
                "texts only with it), or DATELINE_DASHBOARD_OPEN=true to let everybody read extracts"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address. Names other than localhost are taken as reachable."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
