"""Running the service on a machine: keys, the one-command start, bundles and backups. Nothing here is imported by the product."""
