import os
import urllib.request

with urllib.request.urlopen(f"https://{os.environ['DOMAIN_NAME']}/index.html", timeout=10) as response:
    print(response.status, response.headers["x-cache"], response.headers.get("age"))
