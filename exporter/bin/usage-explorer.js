#!/usr/bin/env node
/** The command `usage-explorer`. */
import '../dist/main.js'
