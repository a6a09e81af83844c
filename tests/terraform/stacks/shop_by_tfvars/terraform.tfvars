project = "shop"
functions = {
  command = { handler = "app.command" }
  project = { handler = "app.project", batch = 10 }
  audit   = { handler = "app.audit", batch = 100, memory = 256, env = { LEVEL = "debug" } }
}
