import { h, render } from "preact"
import "./Page.css"
import "./parts/Controls.css"
import { readAddress } from "./Address.js"
import { App } from "./App.js"
import { start } from "./Connection.js"
import { takeToken } from "./Token.js"

takeToken()
readAddress()
const page = document.getElementById("page")
if (page !== null) render(h(App, {}), page)
start()
