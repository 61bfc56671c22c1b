"""Pure computing about customers: scores, intervals, value and loyalty. Only this room needs numpy and scipy."""

import os

# Our matrices are small: to share one among threads takes several times longer than to reckon it in one. To be said
# before numpy is loaded; whoever has said otherwise is heard.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
