"""The dashboard as a service of this process."""

from services.app.serve import Connections, Service
from services.core.errors import ConfigError
from services.dashboard.options import DashboardOptions
from services.dashboard.server import Dashboard


def make_dashboard(connections: Connections) -> Service:
    """The dashboard over the index of these connections. Raises ConfigError for settings that do not fit together."""
    settings = connections.settings
    if connections.index is None:
        raise ConfigError("the dashboard needs an index")
    options = DashboardOptions(
        host=settings.dashboard_host,
        port=settings.dashboard_port,
        allowed_hosts=settings.dashboard_hosts,
        token=settings.dashboard_token.get_secret_value() if settings.dashboard_token else None,
        open_reading=settings.dashboard_open,
        drain=settings.drain,
    )
    return Dashboard(connections.index, options, connections.clock)
