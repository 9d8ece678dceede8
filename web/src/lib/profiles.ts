// Words for what programs and commands name by key: kinds of device, their points, what they can be told.
import { useMapDevices, useProfiles } from '../api/queries';
import type { Profile, Text } from '../api/types';
import { rowOf } from '../live/merge';
import { formatQuantity } from './number';
import { useText } from './text';

export interface ProfileWords {
  profile(key: string): string;
  point(profile: string, point: string): string;
  command(profile: string, command: string): string;
  /** A value of a point: the name of a state of a switch, or the number with its unit. */
  value(profile: string, point: string, value: number): string;
}

/** The words of these profiles; whatever has none is told by its key. */
export function profileWords(
  profiles: Profile[],
  text: (text: Text | undefined) => string,
): ProfileWords {
  const of = (key: string) => profiles.find((profile) => profile.key === key);
  const pointOf = (profile: string, name: string) =>
    of(profile)?.points.find((point) => point.name === name);
  return {
    profile: (key) => text(of(key)?.name) || key,
    point: (profile, name) => text(pointOf(profile, name)?.label) || name,
    command: (profile, name) =>
      text(of(profile)?.commands.find((command) => command.name === name)?.label) || name,
    value: (profile, name, value) => {
      const point = pointOf(profile, name);
      const state = point?.states.find(([number]) => number === value);
      return state ? text(state[1]) : formatQuantity(value, point?.unit ?? '');
    },
  };
}

export function useProfileWords(): ProfileWords {
  const text = useText();
  return profileWords(useProfiles().data ?? [], text);
}

/** The name of a command to a device, for people. */
export function useCommandName(device: string, command: string): string {
  const words = useProfileWords();
  const devices = useMapDevices().data;
  const row = devices && rowOf(devices, device);
  const profile = row === undefined ? undefined : devices?.profiles[devices.profile[row] ?? -1];
  return profile === undefined ? command : words.command(profile, command);
}
