from .claim import load_claims as load_claims
