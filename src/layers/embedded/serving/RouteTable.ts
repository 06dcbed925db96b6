/**
 * Finds the routes of a path.
 *
 * Not by a router of a package: those decode a path before they match it, and refuse a path with a malformed escape. The service matches the
 * path as it was sent, and then says which parameter is malformed.
 */

/** A segment of a template that starts with a brace is a parameter. The first segment, before the slash, is empty. */
interface Template {
  readonly segments: ReadonlyArray<string>
}

interface Node<Route> {
  readonly literals: Map<string, Node<Route>>
  parameter: Node<Route> | undefined
  readonly routes: Array<Route>
}

const node = <Route>(): Node<Route> => ({ literals: new Map(), parameter: undefined, routes: [] })

const next = <Route>(parent: Node<Route>, segment: string): Node<Route> => {
  if (segment.startsWith("{")) {
    parent.parameter ??= node()
    return parent.parameter
  }
  const child = parent.literals.get(segment) ?? node()
  parent.literals.set(segment, child)
  return child
}

/** `from`: the segment that comes next. */
const matches = <Route>(
  { literals, parameter, routes }: Node<Route>,
  segments: ReadonlyArray<string>,
  from: number
): ReadonlyArray<Route> => {
  const segment = segments[from]
  if (segment === undefined) return routes
  const literal = literals.get(segment)
  const other = segment === "" ? undefined : parameter
  if (literal === undefined) return other === undefined ? [] : matches(other, segments, from + 1)
  const found = matches(literal, segments, from + 1)
  return other === undefined ? found : [...found, ...matches(other, segments, from + 1)]
}

export interface Found<Route> {
  readonly segments: ReadonlyArray<string>
  /** A route with a literal segment comes before one with a parameter in its place. */
  readonly routes: ReadonlyArray<Route>
}

export const make = <Route extends Template>(routes: ReadonlyArray<Route>): ((path: string) => Found<Route>) => {
  const root = node<Route>()
  for (const route of routes) route.segments.reduce(next, root).routes.push(route)
  return (path) => {
    // A slash at the end means the same (recorded traffic).
    const segments = path.replace(/(?<=[^/])\/$/, "").split("/")
    return { segments, routes: matches(root, segments, 0) }
  }
}
