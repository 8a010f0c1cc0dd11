"""The large-N experiment: pairs of packets that meet, their centre of mass against Newton's."""
