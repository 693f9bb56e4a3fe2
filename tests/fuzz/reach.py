CODES: set = set()
CANNOT: dict = {}
def reach(x): return set()
