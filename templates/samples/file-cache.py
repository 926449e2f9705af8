from pathlib import Path

cache = Path("/mnt/cache/data")

# The first read of a file loads it from the repository; later ones come from the cache.
for path in sorted(cache.rglob("*")):
    if path.is_file():
        print(path.relative_to(cache), path.stat().st_size)
