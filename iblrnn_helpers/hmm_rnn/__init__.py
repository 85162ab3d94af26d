"""Part III: recurrent networks that emulate hidden Markov models (Torre et al. 2025)."""
