# The second request is answered from the edge: `x-cache: Hit from cloudfront`.
curl -sS -o /dev/null -D - "https://$DOMAIN_NAME/index.html" | grep -i -E '^(x-cache|age|cache-control):'

# Take something out before it expires; the first 1,000 paths a month are free.
aws cloudfront create-invalidation --distribution-id "$DISTRIBUTION_ID" --paths "/index.html"
