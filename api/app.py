"""The HTTP API's Lambda (handler `api.app.handler`)."""

from api.router import build_handler
from api.routes import lock_addresses, routes_of
from stowage.adapters import bootstrap
from stowage.catalog.registry import all_kinds

handler = build_handler(bootstrap, routes_of(all_kinds()), elsewhere=lock_addresses(all_kinds()))
