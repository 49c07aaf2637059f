"""A message as it is read: painted leaves, in which every token still has its place. No HTML, no Qt documents."""
