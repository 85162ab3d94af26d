from .loading import load_claims as load_claims
