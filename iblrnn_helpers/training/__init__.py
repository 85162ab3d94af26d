"""How are networks trained?  Recipes, engines, the trained networks that ship (chapter 2).

Read `params` (the recipe), `loop` (a training), `engines` (its steps, in torch; `compiled_engine`,
`kernels` and `products` have the same compiled), `optimizers` (those of torch, by name),
`store` (trained once, then found again; those that ship), `curves`, `figures`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
