"""Speed against peers, ratio first."""
