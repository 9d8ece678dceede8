// Plays the Console API with about 2 000 devices, so that every screen can be seen without a server. Development only.
//
//     node mock/server.mjs [PORT]       sign in with duty / duty (or admin, engineer, auditor: password = account)
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { areas, makeDevices, profiles, random } from './region.mjs';
import { makeAlarm, startStory } from './story.mjs';
import { accept } from './ws.mjs';

const PORT = Number(process.argv[2] ?? 8099);
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const text = (zh, en) => ({ zh, en });
const rand = random(3);
const now = () => Date.now();

const devices = makeDevices(2000);
const byKey = new Map(devices.map((d) => [d.key, d]));
const alarms = new Map();
const incidents = new Map();
const closedAlarms = [];
const commands = new Map();
const drills = [];
const accounts = ['duty', 'admin', 'engineer', 'auditor', 'viewer'].map((role) => ({
  account: role,
  name: {
    duty: '马晓燕',
    admin: '王建国',
    engineer: '李志强',
    auditor: '张文军',
    viewer: '杨丽华',
  }[role],
  role,
  area: 0,
  language: 'zh',
  disabled: false,
}));
const sessions = new Map();
const live = new Set();
let counter = 100;

const world = {
  now,
  next: () => ++counter,
  device: (key) => byKey.get(key),
  alarms,
  incidents,
  send(message) {
    for (const client of live) client.send(message);
  },
  alarm: (change, alarm) => world.send({ type: 'alarm', change, alarm: structuredClone(alarm) }),
  incident(detail) {
    detail.incident.changed = now();
    world.send({ type: 'incident', incident: structuredClone(detail.incident) });
  },
  line(detail, source, words, ref = null, by = null) {
    const entry = {
      incident: detail.incident.id,
      line: detail.timeline.length + 1,
      at: now(),
      happened: now(),
      source,
      ref,
      text: words,
      by,
    };
    detail.timeline.push(entry);
    world.send({ type: 'timeline', entry });
  },
  setState(key, state) {
    byKey.get(key).state = state;
    world.send({ type: 'device', key, state, at: now() });
  },
};

// Alarms that stand there from the beginning: one for each troubled device, some in every state.
const RULES = [
  ['power/low', text('电池电量低', 'Battery low'), 'low', '%', 11],
  ['toxic/h2s', text('硫化氢超限', 'Hydrogen sulphide high'), 'high', 'ppm', 12.6],
  ['link/silence', text('设备静默', 'Device silent'), 'medium', '', 0],
];
devices
  .filter((d) => d.state === 'alarm' || d.state === 'fault')
  .forEach((device, i) => {
    const [rule, rule_name, priority, unit, value] =
      RULES[device.state === 'alarm' ? 1 : i % 2 ? 0 : 2];
    const raised = now() - (i + 1) * 187_000;
    const alarm = makeAlarm(world, device, {
      rule,
      rule_name,
      priority,
      unit,
      value,
      peak: value,
      raised,
      since: raised,
      changed: raised,
      advice: text('派人到场核查。', 'Send somebody to check.'),
    });
    if (i % 3 === 1) alarm.state = 'acknowledged';
    if (i % 11 === 2)
      Object.assign(alarm, { state: 'shelved', until: now() + 3_600_000, reason: '正在更换' });
    if (i % 7 === 3) alarm.chattering = true;
    if (i % 13 === 5) alarm.state = 'latched';
    alarms.set(alarm.id, alarm);
  });
for (let i = 0; i < 120; i++) {
  const alarm = makeAlarm(world, devices[20 + i], {
    state: 'closed',
    active: false,
    priority: ['low', 'medium', 'high'][i % 3],
    by: accounts[0],
    raised: now() - i * 3_600_000,
    reason: '',
  });
  closedAlarms.push(alarm);
}

const programs = [
  {
    key: 'gas-household/shut-and-vent',
    version: 2,
    name: text('关阀排风', 'Shut and vent'),
    status: 'live',
    from_level: 1,
    author: { account: 'engineer', name: '李志强' },
    dry_run: {
      by: { account: 'engineer', name: '李志强' },
      at: now() - 9e7,
      readings: 86_400,
      runs: 2,
    },
    signed_by: { account: 'admin', name: '王建国' },
    steps: [
      {
        name: text('关闭燃气阀', 'Close the gas valve'),
        target: { profile: 'gas-valve', within: 'Room' },
        command: 'valve.close',
        argument: 0,
        conditions: [],
        interlocks: [],
        proof: { profile: 'gas-valve', point: 'open', compare: 'Equal', value: 0 },
        time_limit: 5000,
        retries: 2,
        otherwise: { Call: 'gas-company' },
      },
      {
        name: text('启动防爆风机', 'Start the explosion-proof fan'),
        target: { profile: 'fan', within: 'Room' },
        command: 'fan.start',
        argument: 0,
        conditions: [{ Level: 1 }],
        interlocks: [
          {
            check: {
              Any: [
                { Attribute: { name: 'explosion_proof', value: 'yes' } },
                {
                  Value: {
                    profile: 'gas-detector-household',
                    within: 'Room',
                    point: 'ch4',
                    compare: 'Below',
                    value: 10,
                    max_age: 10_000,
                    unknown: false,
                  },
                },
              ],
            },
            why: text('非防爆风机在爆炸性气体中可能打火', 'A fan that is not rated may spark'),
          },
        ],
        proof: { profile: 'fan', point: 'running', compare: 'Equal', value: 1 },
        time_limit: 8000,
        retries: 1,
        otherwise: 'Continue',
      },
    ],
  },
  {
    key: 'flood/gate',
    version: 1,
    name: text('开启泄洪闸', 'Open the flood gate'),
    status: 'draft',
    from_level: 0,
    author: { account: 'engineer', name: '李志强' },
    dry_run: null,
    signed_by: null,
    steps: [
      {
        name: text('开闸', 'Open the gate'),
        target: { profile: 'gate', within: { Metres: 500 } },
        command: 'gate.open',
        argument: 30,
        conditions: [],
        interlocks: [],
        proof: null,
        time_limit: 60_000,
        retries: 0,
        otherwise: { Call: 'reservoir-keeper' },
      },
    ],
  },
];

const page = (list, query) => {
  const from = Number(query.get('after') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  const items = list.slice(from, from + limit);
  return { items, next: from + limit < list.length ? String(from + limit) : null };
};
const row = (d) => ({
  key: d.key,
  name: d.name,
  profile: d.profile,
  profile_name: profiles[d.profile].name,
  area: d.area,
  facility: d.facility,
  facility_name: d.facility,
  room: d.room,
  floor: d.floor,
  position: d.position,
  state: d.state,
  drill: d.drill,
  last_at: d.state === 'unknown' ? null : now() - (d.state === 'offline' ? 3_700_000 : 12_000),
});
const latest = (d, p) =>
  d.state === 'unknown'
    ? null
    : {
        at: now() - 4000,
        value:
          d.key === 'gas-1-302' && p.name === 'ch4' && d.state === 'alarm'
            ? 22.4
            : (d.now?.[p.name] ?? p.normal),
        quality: d.state === 'fault' ? 'uncertain' : 'good',
      };

function fail(status, code, message = code) {
  throw Object.assign(new Error(message), { status, code });
}
const found = (thing) => thing ?? fail(404, 'not-found');

function overview() {
  const count = (list, of) =>
    Object.fromEntries(
      [...new Set(list.map(of))].map((k) => [k, list.filter((item) => of(item) === k).length]),
    );
  const open = [...alarms.values()];
  const queue = [...incidents.values()].map((d) => d.incident);
  return {
    now: now(),
    devices: {
      alarm: 0,
      fault: 0,
      offline: 0,
      maintenance: 0,
      normal: 0,
      unknown: 0,
      ...count(devices, (d) => d.state),
    },
    alarms: {
      critical: 0,
      high: 0,
      medium: 0,
      low: 0,
      ...count(open, (a) => a.priority),
      unacknowledged: open.filter((a) => a.state === 'unacknowledged').length,
      shelved: open.filter((a) => a.state === 'shelved').length,
      chattering: open.filter((a) => a.chattering).length,
    },
    incidents: {
      open: queue.filter((i) => i.state === 'open').length,
      taken: queue.filter((i) => i.state === 'taken').length,
    },
    flood: { on: false, alarms: 4 },
    refusals_last_hour: 17,
    version: '0.1.0',
  };
}

function changeAlarm(id, change, what) {
  const alarm = found(alarms.get(id));
  Object.assign(alarm, change, { changed: now() });
  world.alarm(what, alarm);
  if (alarm.incident && what === 'acknowledged') {
    world.line(
      incidents.get(alarm.incident),
      'person',
      text('已确认报警', 'Alarm acknowledged'),
      alarm.id,
      alarm.by,
    );
  }
}
function inIncident(id, action) {
  const detail = found(incidents.get(id));
  if (detail.incident.state === 'closed') fail(409, 'wrong-state');
  action(detail);
  world.incident(detail);
}
function newCommand(device, body, by) {
  const kind = found(profiles[device.profile].commands.find((c) => c.name === body.name));
  const command = {
    id: world.next(),
    device: device.key,
    name: body.name,
    argument: body.argument ?? 0,
    issued: now(),
    expires: now() + 60_000,
    state: kind.irreversible ? 'waiting' : 'issued',
    run: null,
    by,
    second: null,
    reason: body.reason,
    drill: device.drill,
  };
  commands.set(command.id, command);
  world.send({ type: 'command', command });
  if (!kind.irreversible) setTimeout(() => doneCommand(command), 1500);
  return command;
}
function doneCommand(command) {
  command.state = 'done';
  world.send({ type: 'command', command: { ...command } });
}

const routes = [
  ['GET', '/overview', () => overview()],
  ['GET', '/areas', () => areas],
  [
    'GET',
    '/map/devices',
    () => {
      const names = Object.keys(profiles);
      return {
        ids: devices.map((_, i) => i),
        keys: devices.map((d) => d.key),
        lon: devices.map((d) => d.position.lon),
        lat: devices.map((d) => d.position.lat),
        state: devices.map((d) => d.state),
        profile: devices.map((d) => names.indexOf(d.profile)),
        profiles: names,
      };
    },
  ],
  [
    'GET',
    '/devices',
    ({ query }) => {
      const q = query.get('q') ?? '';
      const area = Number(query.get('area') ?? 0);
      const state = query.get('state');
      return page(
        devices
          .filter(
            (d) =>
              (d.key + d.name + d.facility).includes(q) &&
              (!area || d.area === area) &&
              (!state || d.state === state),
          )
          .map(row),
        query,
      );
    },
  ],
  [
    'GET',
    '/devices/:key',
    ({ key }) => {
      const d = found(byKey.get(key));
      return {
        ...row(d),
        post: d.post,
        camera: d.camera,
        attributes: d.attributes,
        maintenance_until: d.maintenance_until ?? null,
        points: profiles[d.profile].points.map(({ normal, ...p }) => ({
          ...p,
          latest: latest(d, { ...p, normal }),
        })),
        commands: profiles[d.profile].commands,
        alarms: [...alarms.values()].filter((a) => a.device === key),
      };
    },
  ],
  [
    'GET',
    '/devices/:key/points/:point/readings',
    ({ key, point, query }) => {
      const p = found(profiles[found(byKey.get(key)).profile].points.find((x) => x.name === point));
      const from = Number(query.get('from'));
      const to = Number(query.get('to'));
      const n = 400;
      return {
        readings: Array.from({ length: n }, (_, i) => {
          const x = i / n;
          const rise = key === 'gas-1-302' && point === 'ch4' ? (x > 0.8 ? (x - 0.8) * 112 : 0) : 0;
          return [
            Math.round(from + x * (to - from)),
            p.states.length
              ? p.normal
              : Math.max(
                  p.min,
                  p.normal * (1 + 0.2 * Math.sin(i / 9)) + rise + (rand() - 0.5) * 0.1,
                ),
            'good',
          ];
        }),
      };
    },
  ],
  [
    'POST',
    '/devices/:key/commands',
    ({ key, body, me }) => ({ command: newCommand(found(byKey.get(key)), body, me) }),
  ],
  [
    'POST',
    '/devices/:key/maintenance',
    ({ key, body }) => {
      byKey.get(key).maintenance_until = body.until;
      world.setState(key, 'maintenance');
    },
  ],
  [
    'DELETE',
    '/devices/:key/maintenance',
    ({ key }) => {
      byKey.get(key).maintenance_until = null;
      world.setState(key, 'normal');
    },
  ],
  [
    'GET',
    '/commands',
    ({ query }) =>
      page(
        [...commands.values()].filter((c) => c.state !== 'done'),
        query,
      ),
  ],
  [
    'POST',
    '/commands/:id/approve',
    ({ id, me }) => {
      const command = found(commands.get(Number(id)));
      if (command.by.account === me.account) fail(409, 'second-person-required');
      Object.assign(command, { state: 'issued', second: me });
      world.send({ type: 'command', command: { ...command } });
      setTimeout(() => doneCommand(command), 1500);
    },
  ],
  [
    'GET',
    '/alarms',
    ({ query }) => page(query.get('open') === 'true' ? [...alarms.values()] : closedAlarms, query),
  ],
  [
    'POST',
    '/alarms/:id/acknowledge',
    ({ id, me }) => changeAlarm(Number(id), { state: 'acknowledged', by: me }, 'acknowledged'),
  ],
  [
    'POST',
    '/alarms/:id/shelve',
    ({ id, me, body }) =>
      changeAlarm(
        Number(id),
        { state: 'shelved', until: body.until, reason: body.reason, by: me },
        'shelved',
      ),
  ],
  [
    'POST',
    '/alarms/:id/unshelve',
    ({ id, me }) =>
      changeAlarm(Number(id), { state: 'acknowledged', until: null, by: me }, 'unshelved'),
  ],
  [
    'POST',
    '/alarms/:id/reset',
    ({ id, me }) => {
      changeAlarm(Number(id), { state: 'closed', active: false, by: me }, 'reset');
      closedAlarms.unshift(alarms.get(Number(id)));
      alarms.delete(Number(id));
    },
  ],
  [
    'GET',
    '/incidents',
    ({ query }) =>
      page(
        [...incidents.values()]
          .map((d) => d.incident)
          .filter((i) => (query.get('open') === 'true') === (i.state !== 'closed')),
        query,
      ),
  ],
  ['GET', '/incidents/:id', ({ id }) => found(incidents.get(Number(id)))],
  [
    'POST',
    '/incidents/:id/take',
    ({ id, me }) =>
      inIncident(Number(id), (d) => {
        Object.assign(d.incident, { state: 'taken', taken_by: me });
        world.line(d, 'person', text('接管事件', 'Took the incident'), null, me);
      }),
  ],
  [
    'POST',
    '/incidents/:id/note',
    ({ id, me, body }) =>
      inIncident(Number(id), (d) => world.line(d, 'person', text(body.text, body.text), null, me)),
  ],
  [
    'POST',
    '/incidents/:id/grade',
    ({ id, me, body }) =>
      inIncident(Number(id), (d) => {
        d.incident.grade = body.grade;
        world.line(
          d,
          'person',
          text(`定为 ${body.grade} 级：${body.reason}`, `Graded ${body.grade}: ${body.reason}`),
          null,
          me,
        );
      }),
  ],
  [
    'POST',
    '/incidents/:id/all-clear',
    ({ id, me, body }) =>
      inIncident(Number(id), (d) => {
        d.incident.all_clear = true;
        world.line(
          d,
          'person',
          text(`解除警报：${body.reason}`, `All-clear: ${body.reason}`),
          null,
          me,
        );
      }),
  ],
  [
    'POST',
    '/incidents/:id/close',
    ({ id, me, body }) =>
      inIncident(Number(id), (d) => {
        if (!d.incident.all_clear) fail(409, 'wrong-state');
        Object.assign(d.incident, { state: 'closed', reason: body.reason, active: 0 });
        world.line(d, 'person', text(`结束：${body.reason}`, `Closed: ${body.reason}`), null, me);
      }),
  ],
  [
    'POST',
    '/calls',
    ({ body, me }) => {
      const incident = {
        id: world.next(),
        kind: body.kind,
        code: '',
        name: text('接报事件', 'Reported incident'),
        place: body.place,
        area: body.area,
        position: body.position,
        state: 'open',
        grade: null,
        opened: now(),
        changed: now(),
        alarms: [],
        active: 0,
        calls: 1,
        taken_by: null,
        escalated: 0,
        zones: [],
        all_clear: false,
        reason: '',
        drill: body.drill,
      };
      const detail = {
        incident,
        timeline: [],
        alarms: [],
        runs: [],
        commands: [],
        notices: [],
        warnings: [],
      };
      incidents.set(incident.id, detail);
      world.incident(detail);
      world.line(detail, 'call', text(body.text, body.text), null, me);
      return { id: incident.id };
    },
  ],
  [
    'POST',
    '/runs/:id/:verb',
    ({ id, verb, body, me }) => {
      for (const detail of incidents.values()) {
        const run = detail.runs.find((r) => r.id === Number(id));
        if (!run) continue;
        Object.assign(run, {
          state: { hold: 'held', resume: 'running', 'take-over': 'taken-over' }[verb],
          by: me,
          reason: body.reason,
          changed: now(),
        });
        world.send({ type: 'run', run });
      }
    },
  ],
  [
    'POST',
    '/notices/:id/:verb',
    ({ id, verb, body, me }) => {
      for (const detail of incidents.values()) {
        const notice = detail.notices.find((n) => n.id === Number(id));
        if (!notice) continue;
        notice.state = verb === 'answer' ? body.state : body.reached ? 'visited' : 'unreachable';
        notice.changed = now();
        notice.receipts.push({
          at: now(),
          channel: notice.channel,
          state: notice.state,
          detail: '',
          by: me,
        });
        world.send({ type: 'notice', notice });
      }
    },
  ],
  [
    'GET',
    '/profiles',
    () => Object.entries(profiles).map(([key, profile]) => ({ key, ...profile })),
  ],
  ['GET', '/programs', () => programs],
  [
    'POST',
    '/programs/:key/dry-run',
    ({ key, me }) => {
      const program = programs.find((p) => p.key === key);
      if (program.status === 'draft')
        Object.assign(program, {
          status: 'tried',
          dry_run: { by: me, at: now(), readings: 172_800, runs: 1 },
        });
      return { readings: 172_800, runs: 1, problems: [] };
    },
  ],
  [
    'POST',
    '/programs/:key/sign-off',
    ({ key, me }) =>
      Object.assign(
        programs.find((p) => p.key === key),
        { status: 'live', signed_by: me },
      ),
  ],
  [
    'POST',
    '/programs/:key/retire',
    ({ key }) =>
      Object.assign(
        programs.find((p) => p.key === key),
        { status: 'retired' },
      ),
  ],
  [
    'GET',
    '/drills',
    () => ({
      scenarios: [
        {
          key: 's1',
          name: text('居民燃气泄漏（S1）', 'Household gas leak (S1)'),
          description: text(
            '厨房甲烷 4 分钟内升至 30 %LEL，含一次尖峰与一只失效探测器。',
            'Methane rises to 30 %LEL in 4 minutes, with one spike and one dead detector.',
          ),
          minutes: 4,
        },
      ],
      running: drills,
    }),
  ],
  [
    'POST',
    '/drills',
    ({ body, me }) => {
      drills.push({ key: body.scenario, started: now(), by: me, speed: body.speed });
      setTimeout(() => startStory(world), 800);
    },
  ],
  [
    'DELETE',
    '/drills/:key',
    ({ key }) => {
      drills.splice(
        drills.findIndex((d) => d.key === key),
        1,
      );
    },
  ],
  [
    'GET',
    '/audit',
    ({ query }) => {
      const before = Number(query.get('before') ?? 500);
      return {
        items: Array.from({ length: 50 }, (_, i) => ({
          seq: before - 1 - i,
          at: now() - i * 60_000,
          entries: [{ who: 'duty', what: 'acknowledge-alarm', object: `alarm ${i}` }],
          link: 'a3f5'.repeat(16),
        })),
        next: before - 50 > 0 ? before - 50 : null,
      };
    },
  ],
  ['GET', '/audit/verify', () => ({ ok: true, rows: 499, head: 'a3f5'.repeat(16) })],
  [
    'GET',
    '/refusals',
    () => [
      {
        sender: 'gas-9-999',
        reason: 'unknown-device',
        count: 12,
        last_at: now() - 30_000,
        sample: '{"ts":1,"values":{"ch4":3}}',
      },
      {
        sender: 'water-level-77',
        reason: 'wrong-unit',
        count: 5,
        last_at: now() - 600_000,
        sample: '{"values":{"level":310},"units":{"level":"cm"}}',
      },
    ],
  ],
  ['GET', '/accounts', () => accounts],
  [
    'POST',
    '/accounts',
    ({ body }) => {
      accounts.push({ ...body, disabled: false });
      return { password: 'Kz7-mock-4821' };
    },
  ],
  [
    'PATCH',
    '/accounts/:account',
    ({ account, body }) => {
      Object.assign(
        accounts.find((a) => a.account === account),
        body,
      );
    },
  ],
  ['POST', '/accounts/:account/password', () => ({ password: 'Qn3-mock-9017' })],
  ['POST', '/session/password', () => undefined],
  ['POST', '/mock/story', () => ({ incident: startStory(world) })],
].map(([method, path, handler]) => [
  method,
  new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  handler,
]);

const cookieOf = (request) => /helan_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];

function session(request, response, method, body) {
  if (method === 'POST') {
    const account = accounts.find((a) => a.account === body.account);
    if (!account || body.password !== body.account) fail(401, 'unauthorized');
    const token = `t${world.next()}`;
    sessions.set(token, account);
    response.setHeader('set-cookie', `helan_session=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return account;
  }
  const me = sessions.get(cookieOf(request)) ?? fail(401, 'unauthorized');
  if (method === 'DELETE') sessions.delete(cookieOf(request));
  return me;
}

function answer(request, response, body) {
  const url = new URL(request.url, 'http://mock');
  const path = url.pathname.slice('/api/v1'.length);
  if (path === '/session') return session(request, response, request.method, body);
  const me = sessions.get(cookieOf(request)) ?? fail(401, 'unauthorized');
  for (const [method, pattern, handler] of routes) {
    const match = method === request.method && pattern.exec(path);
    if (!match) continue;
    const names = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([k, v]) => [k, decodeURIComponent(v)]),
    );
    return handler({
      ...names,
      query: url.searchParams,
      body,
      me: { account: me.account, name: me.name },
    });
  }
  return fail(404, 'not-found', path);
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
function file(request, response) {
  const path = normalize(new URL(request.url, 'http://mock').pathname);
  const name = join(DIST, path === '/' ? 'index.html' : path);
  if (!name.startsWith(DIST) || !existsSync(name)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
  return createReadStream(name).pipe(response);
}

const server = createServer((request, response) => {
  if (!request.url.startsWith('/api/v1')) return file(request, response);
  let raw = '';
  request.on('data', (chunk) => {
    raw += chunk;
  });
  request.on('end', () => {
    try {
      const body = answer(request, response, raw ? JSON.parse(raw) : {});
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(body ?? {}));
    } catch (error) {
      const { status = 500, code = 'internal', message } = error;
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { code, message, request: 'mock' } }));
    }
  });
});
server.on('upgrade', (request, socket) => {
  if (!sessions.has(cookieOf(request))) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  const client = accept(request, socket, () => live.delete(client));
  live.add(client);
  client.send({ type: 'hello', now: now() });
});
setInterval(() => world.send({ type: 'tick', now: now() }), 5000);
setInterval(() => {
  const device = devices[20 + Math.floor(rand() * (devices.length - 20))];
  if (device.state === 'normal' || device.state === 'offline')
    world.setState(device.key, device.state === 'normal' ? 'offline' : 'normal');
}, 700);
server.listen(PORT, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${PORT}`));
