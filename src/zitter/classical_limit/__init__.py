"""The centre of mass as N grows: conditional dynamics, the classical Schroedinger equation."""
