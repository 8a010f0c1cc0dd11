"""One problem for grids in slabs, and what a process finds of it."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.grid import Grid
from zitter.core.sharding import join_processes
from zitter.wavefunctions.sharded_grid import evolve_sharded, own_slab, whole_psi

BOX = Grid((-5.0, -6.0, -5.5), (5.0, 6.0, 5.5), (24, 28, 26))
TIMES, MASS, HBAR, COUPLING = [0.0, 0.4, 1.2], 1.3, 0.9, 1.0
OPTIONS = dict(contact=0.6, leak_tolerance=1e-6)


def trap(x, t):
    return 0.5 * jnp.sum(jnp.array([1.0, 0.7, 1.2]) * x**2) + 0.1 * x[0]


def packet(x):
    return 0.35 * jnp.exp(-0.5 * jnp.sum((x - jnp.array([0.3, 0.0, -0.2])) ** 2) + 0.5j * x[1])


def sharded(psi0, times, time_step):
    masses = [MASS] * 3
    run = dict(time_step=time_step, coupling=COUPLING, **OPTIONS)
    return evolve_sharded(psi0, BOX, trap, times, masses, HBAR, **run)


def main(address, number, process, file):
    join_processes(address, int(number), int(process))
    runs = [sharded(packet, TIMES, h) for h in (0.1, 0.05, 0.025)]
    first = sharded(packet, TIMES[:2], 0.1)
    resumed = sharded(own_slab(first, BOX), TIMES[1:], 0.1)
    own = own_slab(runs[0], BOX)
    np.savez(
        file,
        psi=np.stack([whole_psi(run) for run in runs]),
        resumed=whole_psi(resumed),
        held=[shard.data.shape for shard in runs[0].psi.addressable_shards],
        own_x=own.axes[0],
        own_psi=own.psi,
        num_devices=jax.device_count(),
        **{name: getattr(runs[0], name) for name in runs[0]._fields if name != "psi"},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
