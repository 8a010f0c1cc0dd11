"""One problem in REBOUND, from and to JSON; run by an interpreter that has it, not imported."""

import json
import sys
import time


def main() -> None:
    """Read {m, X, V, softening, integrator, step, end, repeats}, write {X, seconds}."""
    import rebound

    problem = json.load(sys.stdin)
    best, final = float("inf"), []
    for _ in range(problem["repeats"]):
        sim = rebound.Simulation()
        sim.integrator = problem["integrator"]
        sim.softening = problem["softening"]
        if problem["step"]:
            sim.dt = problem["step"]
        for m, x, v in zip(problem["m"], problem["X"], problem["V"], strict=True):
            sim.add(m=m, x=x[0], y=x[1], z=x[2], vx=v[0], vy=v[1], vz=v[2])
        started = time.process_time()
        sim.integrate(problem["end"])
        best = min(best, time.process_time() - started)
        final = [[p.x, p.y, p.z, p.vx, p.vy, p.vz] for p in sim.particles]
    json.dump({"X": final, "seconds": best}, sys.stdout)


if __name__ == "__main__":
    main()
