"""Pages, figures and tables made from results."""
