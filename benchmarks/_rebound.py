"""One problem in REBOUND, from and to JSON; run by an interpreter that has it, not imported."""

import json
import sys
import time


def main() -> None:
    """Read {m, X, V, softening, integrator, step, end, repeats, watched}, write {X, seen, seconds}.

    `seen` are the states after the step in which each of the times `watched` lies, in a run of
    their own, whose steps they do not change.
    """
    problem = json.load(sys.stdin)
    best, final, seen = float("inf"), [], []
    for _ in range(problem["repeats"]):
        sim = _simulation(problem)
        started = time.process_time()
        sim.integrate(problem["end"])
        best = min(best, time.process_time() - started)
        final = _state(sim)
    sim = _simulation(problem)
    for t in problem.get("watched", []):
        if t > sim.t:
            sim.integrate(t, exact_finish_time=0)
        seen.append(_state(sim))
    json.dump({"X": final, "seen": seen, "seconds": best}, sys.stdout)


def _simulation(problem: dict):
    import rebound

    sim = rebound.Simulation()
    sim.integrator = problem["integrator"]
    sim.softening = problem["softening"]
    if problem["step"]:
        sim.dt = problem["step"]
    for m, x, v in zip(problem["m"], problem["X"], problem["V"], strict=True):
        sim.add(m=m, x=x[0], y=x[1], z=x[2], vx=v[0], vy=v[1], vz=v[2])
    return sim


def _state(sim) -> list[list[float]]:
    return [[p.x, p.y, p.z, p.vx, p.vy, p.vz] for p in sim.particles]


if __name__ == "__main__":
    main()
