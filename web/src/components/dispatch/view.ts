// From a proposal to what a person reads, incident by incident. Pure.
import type { Dispatch, DispatchLine, DispatchNeed, DispatchScene } from '../../api/dispatch';

export interface NeedView {
  need: DispatchNeed;
  /** Who comes first stands first. */
  lines: DispatchLine[];
}

export interface SceneView {
  scene: DispatchScene;
  needs: NeedView[];
}

/** Worst grade first; an incident that nobody graded counts as III, as it does for the server. */
const UNGRADED = 3;

export function scenesOf(dispatch: Dispatch): SceneView[] {
  const grade = ({ grade }: DispatchScene) => grade ?? UNGRADED;
  return [...dispatch.incidents]
    .sort((a, b) => grade(a) - grade(b) || b.threatened - a.threatened || a.id - b.id)
    .map((scene) => ({
      scene,
      needs: dispatch.needs
        .filter((need) => need.incident === scene.id)
        .map((need) => ({
          need,
          lines: dispatch.lines
            .filter((line) => line.incident === scene.id && line.rule === need.rule)
            .sort((a, b) => a.minutes - b.minutes || a.line - b.line),
        })),
    }));
}

export const isAccepted = ({ accepted_by }: DispatchLine) => accepted_by !== null;
/** Lines that somebody may still tick. */
export const isOpen = (line: DispatchLine) => !isAccepted(line);

export interface Totals {
  forces: number;
  goods: number;
  beds: number;
  /** Open orders of forces, by whatever proposal or by hand. */
  underWay: number;
  /** Needs of which something is missing. */
  short: number;
}

export function totalsOf({ lines, needs, incidents }: Dispatch): Totals {
  const of = (sort: string) => lines.filter(({ what }) => what.sort === sort);
  return {
    forces: of('force').length,
    goods: of('goods').length,
    beds: lines.reduce((sum, { what }) => sum + (what.sort === 'beds' ? what.beds : 0), 0),
    underWay: incidents.reduce((sum, { orders }) => sum + orders, 0),
    short: needs.filter((need) => need.missing > 0).length,
  };
}

/** `kind key name`, as the server names a force that is gone. */
export function nameInDetail(detail: string): string {
  const [kind, key, ...name] = detail.split(' ');
  return name.join(' ') || key || kind || '';
}

export const nameOfLine = ({ what }: DispatchLine) =>
  what.sort === 'goods' ? what.store : what.name || ('key' in what ? what.key : what.hospital);
