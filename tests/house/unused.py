"""Names that look unused and are not, for `vulture` (`make lint`), each with its reason; read, never run."""

from types import SimpleNamespace

used = SimpleNamespace()
USED = (
    used.ignored,  # what Mesa sets on every model, and our setter does not take
    used.env,  # handed by Numba to every code library, with its name
    used.env_name,
    used.event_picked,  # the click that a Vue component sends back
    used.is_on,  # handed by Solara's switches; here the name says which switch it is
)
