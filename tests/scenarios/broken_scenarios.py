"""Scenarios with one mistake each, and the sentence that it must get."""

COM, PACKET, BODIES = (f'kind = "{kind}"\n' for kind in ("centre_of_mass", "packet", "bodies"))
FIELD, BATH = 'kind = "mean_field"\n', 'kind = "bath"\n'
SI = 'units = "SI"\n'
STREAM = "stream = [{ density = 1.0, spread = 1.0, mass = 1.0, charge = 1.0 }]\n"
TWO = (
    "[[body]]\nmass = 1.0\nposition = [0.0]\nvelocity = [0.0]\n"
    "[[body]]\nmass = 1.0\nposition = [1.0]\nvelocity = [0.0]\n"
)
CLOUD = '[cloud]\nkind = "plummer"\nnum_bodies = 40\nmass = 1.0\nradius = 1.0\n'
PLASMA = 'units = "plasma"\nplasma = {{ density = {}, temperature = {} }}\n'

BROKEN = {
    # misspelt, unknown, in the wrong place
    "kind in capitals": ('kind = "Bodies"', r"s:1: `kind` must be one of .*Did you mean 'bodies'"),
    "kind a number": ("kind = 3", "s:1: `kind` must be one of .* but is 3"),
    "kind a list": ('kind = ["bodies"]', r"s:1: `kind` must be one of .* but is \['bodies'\]"),
    "empty file": ("", "s:1: `kind` is missing: add kind = one of centre_of_mass"),
    "only a comment": ("# hello\n", "s:1: `kind` is missing"),
    "units misspelt": (BODIES + 'units = "galactc"', "s:2: `units` .*Did you mean 'galactic'"),
    "units a table": (BODIES + "[units]\nlength = 1", "s:2: `units` must be one of natural"),
    "key of another kind": (PACKET + "num_particles = 3", "s:2: `num_particles` is not a key of"),
    "potential of another kind": (
        COM + '[potential]\nkind = "quartic"\ncoefficient = 1.0',
        "s:2: `potential` needs a `kind` that is one of none, uniform_force, harmonic",
    ),
    "key of another potential": (
        PACKET + '[potential]\nkind = "harmonic"\nforce = 1.0\nstiffness = 1.0',
        "s:4: `potential.force` is not a key of this table. Known here: kind, stiffness",
    ),
    "key of another cloud": (
        BODIES + CLOUD.replace("radius", "dispersion"),
        "s:6: `cloud.dispersion` is not a key of this table. Known here: .*radius",
    ),
    "key missing in a cloud": (BODIES + CLOUD.replace("radius", "r"), "s:2: .*radius` is missing"),
    "misspelt packet key": (
        PACKET + "packets = [{ widht = 1.0 }]",
        r"s:2: `packets\[0\].widht` is not a key of this table. Did you mean 'width'",
    ),
    "misspelt box key": (
        PACKET + "[box]\nlow = -1.0\nupper = 1.0\nnum = 64",
        "s:3: `box.low` is not a key of this table",
    ),
    "misspelt body key": (
        BODIES + TWO.replace("velocity", "velosity", 1),
        r"s:5: `body\[0\].velosity` is not a key of this table. Did you mean 'velocity'",
    ),
    "misspelt stream key": (
        FIELD + STREAM.replace("spread", "sprad"),
        r"s:2: `stream\[0\].sprad` is not a key of this table. Did you mean 'spread'",
    ),
    "misspelt bath key": (
        BATH + "[bath]\ncutof = 3.0", "s:3: `bath.cutof` .* Did you mean 'cutoff'"
    ),
    "key with a dash": (BODIES + "num-samples = 3", "`num-samples` .* Did you mean 'num_samples'"),
    "key in quotes": (BODIES + '"num samples" = 3', "`num samples` .* 'num_samples'"),
    "key in capitals": (COM + "Seed = 3", "s:2: `Seed` is not a key .* Did you mean 'seed'"),
    "dotted key below a number": (COM + "seed.of = 3", "s:2: `seed` must be .*integer"),
    "packet of two and three axes": (
        PACKET + "packets = [{ centre = [1.0, 2.0], width = [1.0, 1.0, 1.0] }]",
        r"s:2: `packets\[0\]` must give .* one for each axis, but has 2 and 3 of them",
    ),
    "half and half of one packet": (
        COM + 'start = "half_and_half"\norbital = [{ packets = [{ centre = 1.0 }] }]',
        'half_and_half", which needs two packets in each orbital',
    ),
    "sphere without gravity": (
        BODIES + "softening = 0.1\ngravity = false\n" + CLOUD,
        "s:1: .* only its gravity holds: remove gravity = false",
    ),
    "seed beyond 64 bits": (COM + "seed = 99999999999999999999", "s:2: `seed` must be below"),
    # wrong units
    "time for a length": (
        BODIES + SI + 'softening = "2 s"\n' + TWO, "s:3: `softening` '2 s' is not a length"
    ),
    "length for a mass": (
        PACKET + SI + 'mass = "1 nm"\npackets = [{ width = "1 nm" }]',
        "s:3: `mass` '1 nm' is not a mass",
    ),
    "energy for a force": (
        PACKET + SI + 'mass = 1.0\npackets = [{}]\npotential = { kind = "uniform_force", '
        'force = "1 J" }',
        "s:5: `potential.force` '1 J' is not a force",
    ),
    "velocity for a momentum": (
        PACKET + SI + 'mass = 1.0\npackets = [{ momentum = "1 m/s" }]',
        r"s:4: `packets\[0\].momentum\[0\]` '1 m/s' is not a momentum",
    ),
    "unit without a number": (BODIES + SI + 'end = "ps"\n' + TWO, "s:3: `end` 'ps' is no number"),
    "number as a text": (BODIES + SI + 'end = "5"\n' + TWO, "s:3: `end` '5' is no number with"),
    "unit of a plain number": (
        PACKET + SI + 'mass = 1.0\npackets = [{ weight = "2 kg" }]',
        "must be a plain number, but is '2 kg'",
    ),
    "a sum with units": (BODIES + SI + 'end = "1 s + 1 s"\n' + TWO, "'1 s [+] 1 s' is no number"),
    "a tower of powers": (BODIES + SI + 'end = "9**9**9 s"\n' + TWO, "is no number with a unit"),
    "a very long unit": (BODIES + SI + f'end = "1 {"s" * 999}"\n' + TWO, "is no number with a"),
    "code for a unit": (BODIES + SI + 'end = "1 __import__"\n' + TWO, "is no number with a unit"),
    "unit and no default": (BODIES + SI, "s:1: The scenario must give bodies or a cloud"),
    "units natural with text": (
        BODIES + TWO.replace("1.0", '"1 kg"', 1),
        r"s:3: `body\[0\].mass` '1 kg' has a unit, but units = .natural. has none",
    ),
    "plasma without its table": (BODIES + 'units = "plasma"\n' + TWO, "add `plasma`"),
    "plasma table in other units": (
        BODIES + "plasma = { density = 1.0, temperature = 1.0 }", "only units = .plasma. takes"
    ),
    "plasma without temperature": (
        BODIES + 'units = "plasma"\nplasma = { density = 1e18 }\n' + TWO,
        "s:3: `plasma.temperature` is missing",
    ),
    "plasma density as a length": (
        BODIES + PLASMA.format('"1 m"', '"1 eV"') + TWO,
        "s:3: `plasma.density` '1 m' is not a 1/length",
    ),
    "plasma of no density": (
        BODIES + PLASMA.format(0, '"1 eV"') + TWO, "s:3: `plasma.density` must be positive"
    ),
    # out of range
    "one body": (BODIES + TWO[: TWO.index("[[", 2)], "s:1: The scenario has one body"),
    "zero mass": (BODIES + TWO.replace("1.0", "0.0", 1), "mass` must be positive, but is 0"),
    "negative softening": (BODIES + "softening = -0.1", "s:2: `softening` must be at least 0"),
    "one sample": (BODIES + "num_samples = 1", "s:2: `num_samples` must be at least 2, but is 1"),
    "too many samples": (PACKET + "num_samples = 10001", "must be at most 10000"),
    "too many paths": (PACKET + "num_paths = 100001", "must be at most 100000"),
    "tolerance of one": (PACKET + "tolerance = 1.0", "s:2: `tolerance` must be below 1, but is 1"),
    "tolerance of zero": (PACKET + "tolerance = 0", "s:2: `tolerance` must be positive"),
    "zero time step": (BODIES + "time_step = 0.0\n" + CLOUD, "s:2: `time_step` must be positive"),
    "a million and one bodies": (
        BODIES + CLOUD.replace("40", "1000001"), "cloud.num_bodies` must be at most 1000000"
    ),
    "mode zero": (FIELD + "mode = 0", "s:2: `mode` must be at least 1"),
    "few cells": (FIELD + "num_space = 8", "s:2: `num_space` must be at least 16, but is 8"),
    "large amplitude": (
        FIELD + STREAM.replace("charge", "amplitude = 2.0, charge"),
        r"`stream\[0\].amplitude` must be below 1, but is 2",
    ),
    "bath of one mode": (BATH + "bath = { num_modes = 1 }", "`bath.num_modes` must be at least 2"),
    "negative temperature": (BATH + "bath = { kT = -1.0 }", "s:2: `bath.kT` must be at least 0"),
    "exponent of zero": (BATH + "bath = { exponent = 0 }", "`bath.exponent` must be positive"),
    "a number beyond all": (PACKET + f"end = 1{'0' * 400}", "s:2: `end` must be a number below"),
    "an infinite width": (PACKET + "packets = [{ width = inf }]", "must be finite, but is inf"),
    # contradictory
    "bodies and a cloud": (BODIES + TWO + CLOUD, "s:1: The scenario has both single bodies and a"),
    "a time step of two bodies": (BODIES + "time_step = 0.1\n" + TWO, "has time_step, which"),
    "bodies on a line and in a plane": (
        BODIES + TWO.replace("[1.0]", "[1.0, 0.0]"), "mixes bodies of different numbers of axes"
    ),
    "a double slit on a line": (
        PACKET + "[potential]\nkind = 'double_slit'\nheight = 1.0\nthickness = 1.0\n"
        "separation = 1.0\nopening = 1.0",
        "has a double slit, which needs two axes, but its packets have 1",
    ),
    "classical with contact": (
        PACKET + 'dynamics = "classical"\ncontact = 1.0', "is classical: self_coupling and contact"
    ),
    "a box of another dimension": (
        PACKET + "box = { lower = [-1.0, -1.0], upper = [1.0, 1.0], num = [64, 64] }",
        "must give lower, upper and num of its box for each of 1 axes",
    ),
    "streams without charges": (FIELD + STREAM.replace("charge = 1.0", "charge = 0.0"),
                                "has particles without charges"),
    "gravity without background": (FIELD + 'force = "gravity"\nbackground = false', "needs its"),
    "bodies of two kinds": (
        FIELD + "num_bodies = 9\n" + STREAM.replace("}]", "}, { density = 1.0, spread = 1.0, "
        "mass = 2.0 }]"),
        "has bodies beside several kinds of particles",
    ),
    "bath in a plane": (BATH + "packets = [{ centre = [0.0, 1.0] }]", "moves on a line"),
    "bath of two widths": (
        BATH + "packets = [{ width = 1.0 }, { width = 2.0 }]", "has packets of different widths"
    ),
    "Drude and super-Ohmic": (
        BATH + 'bath = { shape = "drude", exponent = 3.0 }', "needs an exponent below 2"
    ),
    # wrong type
    "list for a text": (BODIES + 'title = ["a"]', "s:2: `title` must be a string"),
    "text for yes": (BODIES + 'gravity = "maybe"', "s:2: `gravity` must be .*boolean"),
    "text for a list": (BODIES + 'body = "two"', "s:2: `body` must be .*list, but is 'two'"),
    "number for a table": (PACKET + "potential = 3", "`potential` must be .*table.* but is 3"),
    "list for a table": (BODIES + "cloud = []", r"s:2: `cloud` must be a table, but is \[\]"),
    "table for a number": (PACKET + "end = { value = 1 }", "s:2: `end` must be a number"),
    "date for a time": (PACKET + "end = 1979-05-27", "s:2: `end` must be a number or a text"),
    "number for a choice": (COM + "law = 1", "s:2: `law` must be one of bohm, nelson, but is 1"),
    "text in a list": (PACKET + 'packets = [{ centre = ["a"] }]', r"`packets\[0\].centre\[0\]`"),
    "list of lists": (PACKET + "packets = [[]]", r"`packets\[0\]` must be .*table"),
    "empty list of numbers": (PACKET + "packets = [{ width = [] }]", "must have at least 1"),
    "order in between": (FIELD + "order = 3", "s:2: `order` must be .* 2, 4 or 6"),
    # missing
    "body without velocity": (
        BODIES + "body = [{ mass = 1.0, position = 0.0 }, { mass = 1.0, position = 1.0 }]",
        r"s:2: `body\[1\].velocity` is missing",
    ),
    "cloud without a kind": (BODIES + "[cloud]\nmass = 1.0", "s:2: `cloud` needs a key `kind`"),
    "box without num": (PACKET + "box = { lower = -1.0, upper = 1.0 }", "`box.num` is missing"),
    "packet in SI without mass": (
        PACKET + SI + "packets = [{ width = 1e-9 }]", "s:1: The scenario must give mass"
    ),
    "streams in SI": (FIELD + SI, "must give streams: only natural units have a default"),
    "bath in SI": (BATH + SI, "must give mass and frequency and packets and bath"),
    # no TOML
    "unclosed text": (BODIES + 'title = "a', "s:2: no valid TOML"),
    "unclosed list": (BODIES + "body = [1,", "s:2: no valid TOML"),
    "unclosed table": (BODIES + "[cloud", "s:2: no valid TOML"),
    "a table twice": (BODIES + CLOUD + "[cloud]\n", "s:7: no valid TOML"),
    "no equals sign": (BODIES + "seed 3", "s:2: no valid TOML"),
    "a word for a value": (BODIES + "seed = three", "s:2: no valid TOML: Invalid value"),
    "colon for equals": ("kind: bodies", "s:1: no valid TOML"),
}  # fmt: skip
