"""Whether the steps of bodies see what fields from outside do in time."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.checks import ValidityError
from zitter.kbody.bodies import Bodies

# Excursion within two steps, of the strongest field so far; bodies that are asked, in each step at
# so many instants, at which no period repeats.
LARGEST_EXCURSION, FEW, INSTANTS = 0.3, 64, 16
_FRACTIONS = np.append(np.sort(np.arange(1, INSTANTS) * 0.6180339887498949 % 1.0), 1.0)


@eqx.filter_jit
def _forces(U: Callable, X: Any, times: Any) -> Any:
    return -jax.vmap(lambda t: jax.vmap(jax.grad(lambda x: U(x, t)))(X))(times)


def asks_time(U: Callable[[Any, Any], Any] | None, num_space: int) -> bool:
    """Whether an energy (x, t) makes use of t."""
    if U is None:
        return False
    program = jax.make_jaxpr(U)(jnp.zeros(num_space), jnp.asarray(0.0)).jaxpr
    time = program.invars[-1]
    return any(v is time for e in program.eqns for v in e.invars)


class Drive:
    """Watch over the fields from outside, asked at many instants of each step.

    A field that leaves, within two steps, the range between its values at their ends and comes back
    has been missed. A jump does not come back, and is let pass.
    """

    def __init__(self, system: Bodies):
        evenly = np.linspace(0, system.num_bodies - 1, FEW).astype(int)
        kinds = np.unique(system.charges / system.masses, return_index=True)[1]
        self.some = np.union1d(evenly, kinds[:: 1 + len(kinds) // FEW])
        ratios = (system.charges / system.masses)[self.some]
        self.fields = [
            (U, weight[:, None])
            for U, weight in ((system.U_mass, np.ones_like(ratios)), (system.U_charge, ratios))
            if asks_time(U, system.num_space)
        ]
        self.before: np.ndarray | None = None
        self.strongest = 0.0

    def look(self, X: np.ndarray, t: float, h: float) -> None:
        """Raise where a step from t to t + h misses something. Raises: ValidityError."""
        if not self.fields:
            return
        if self.before is None:
            self.before = self._at(X, np.array([t]))
        now = self._at(X, t + h * _FRACTIONS)
        window = np.concatenate([self.before, now])
        low, high = (f(window[0], window[-1]) for f in (np.minimum, np.maximum))
        away = float(np.max(np.maximum(window - high, low - window)))
        self.strongest = max(self.strongest, float(np.abs(window).max()))
        self.before = now
        if away > LARGEST_EXCURSION * self.strongest:
            raise ValidityError(
                f"The field from outside comes and goes within two steps of {abs(h):.3g} at "
                f"t = {t:g}: by {away / self.strongest:.2g} of its maximum. Use a shorter "
                "`time_step`."
            )

    def _at(self, X: np.ndarray, times: np.ndarray) -> np.ndarray:
        places, instants = jnp.asarray(X[self.some]), jnp.asarray(times)
        return np.sum([w * np.asarray(_forces(U, places, instants)) for U, w in self.fields], 0)
