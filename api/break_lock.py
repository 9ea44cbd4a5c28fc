"""The Lambda that breaks locks (handler `api.break_lock.handler`)."""

from api.router import build_handler
from api.routes import lock_routes
from stowage.adapters import bootstrap
from stowage.catalog.registry import all_kinds

handler = build_handler(bootstrap, lock_routes(all_kinds()))
