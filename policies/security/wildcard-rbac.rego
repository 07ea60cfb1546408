package kate.wildcard_rbac
