"""The Lambda of the public reveal (handler `api.reveal.handler`)."""

from api.router import build_handler
from api.routes import reveal_routes
from stowage.adapters import bootstrap
from stowage.catalog.registry import all_kinds

handler = build_handler(bootstrap, reveal_routes(all_kinds()))
