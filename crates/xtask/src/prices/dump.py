"""The data of the package genai-prices as JSON, which `cargo xtask prices` reads. It knows the
package's own types; what becomes of the data is decided in Rust."""

import dataclasses
import datetime
import decimal
import json
import sys

from genai_prices import __version__, types
from genai_prices.data import providers


def plain(value):
    if isinstance(value, types.ModelPrice):
        return {key: plain(price) for key, price in value.__dict__.items() if price is not None}
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        # `or` and `and` are words of Python's: the package has a sign behind them.
        return {key.rstrip("_"): plain(one) for key, one in pairs if one is not None}
    return value


def model(one):
    fields = ("id", "match", "prices", "price_variants")
    return {field: plain(getattr(one, field)) for field in fields if getattr(one, field)}


json.dump(
    {
        "version": __version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "providers": [{"id": one.id, "models": [model(m) for m in one.models]} for one in providers],
    },
    sys.stdout,
    indent=1,
)
