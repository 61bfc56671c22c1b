"""Staff's web pages and the HTTP interface: purchases in, webhook, health and metrics."""
