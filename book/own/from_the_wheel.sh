python -m venv own
own/bin/pip install iblrnn_helpers
own/bin/python own_agent.py
own/bin/iblrnn train --n-units 20 --n-gradient-steps 2000 --out mine.safetensors
own/bin/iblrnn sweep own_sweep:accuracy -p seed 1:3 --n-jobs 1 --out out
