// The household gas leak, told again and again: alarm, valve, fan, neighbours, incident. Times are seconds after its start.
const text = (zh, en) => ({ zh, en });
const circle = (lon, lat, metres) => {
  const ring = [];
  for (let i = 0; i <= 48; i++) {
    const a = (i / 48) * 2 * Math.PI;
    ring.push([
      lon + (metres * Math.cos(a)) / (111_320 * Math.cos((lat * Math.PI) / 180)),
      lat + (metres * Math.sin(a)) / 111_320,
    ]);
  }
  return { type: 'Polygon', coordinates: [ring] };
};

export const CH4_ADVICE = text(
  '不要开关电器，通知住户撤离，确认阀门已关、风机已启。',
  'Touch no switch, tell residents to leave, confirm valve shut and fan running.',
);

export function makeAlarm(world, device, over) {
  const at = world.now();
  const place = {
    device: device.key,
    place: [device.facility, device.room].filter(Boolean).join(' '),
    person: device.post ? `${device.post.person}（${device.post.name}）` : '',
    contact: device.post?.phone ?? '',
    picture: device.camera,
    area: device.area,
  };
  const missing = ['place', 'person', 'contact', 'picture'].filter((item) => !place[item]);
  return {
    id: world.next(),
    rule: 'gas-household/ch4-high',
    rule_name: text('燃气浓度超限', 'Gas concentration high'),
    device: device.key,
    point: 'ch4',
    state: 'unacknowledged',
    active: true,
    level: 1,
    priority: 'critical',
    since: at,
    raised: at,
    changed: at,
    value: 22.4,
    peak: 22.4,
    unit: '%LEL',
    readings: [
      [at - 2000, 21.1, 'good'],
      [at - 1000, 21.8, 'good'],
      [at, 22.4, 'good'],
    ],
    place,
    missing,
    by: null,
    reason: '',
    until: null,
    escalated: 0,
    chattering: false,
    incident: null,
    drill: device.drill,
    advice: CH4_ADVICE,
    ...over,
  };
}

const RESIDENTS = [
  ['马秀兰', '1-301', 'leave', ['wheelchair']],
  ['王海龙', '1-301', 'leave', []],
  ['李文军', '1-302', 'leave', []],
  ['张晓燕', '1-302', 'leave', ['child']],
  ['杨玉兰', '1-401', 'leave', ['elderly']],
  ['丁志强', '1-201', 'leave', []],
  ['刘丽华', '2-301', 'shelter', []],
  ['陈建国', '2-302', 'shelter', []],
  ['燃气公司抢修岗', '', 'task', []],
  ['凤凰花园物业值班岗', '', 'task', []],
  ['凤凰北街网格员', '', 'task', []],
];
const WORDS = {
  leave: text(
    '1-302 室燃气泄漏，请立即走楼梯撤离，不要乘电梯，不要开关电器。',
    'Gas leak in 1-302: leave now by the stairs, no lift, touch no switch.',
  ),
  shelter: text(
    '邻近单元燃气泄漏，请关窗留在室内，不要使用明火。',
    'Gas leak next door: stay inside, close windows, no flames.',
  ),
  task: text(
    '凤凰花园 7 号楼 1-302 燃气泄漏，请立即到场处置。',
    'Gas leak at Fenghuang Garden 7, 1-302: go there now.',
  ),
};

export function startStory(world) {
  const gas = world.device('gas-1-302');
  const at = world.now();
  const alarm = makeAlarm(world, gas, {});
  const incident = {
    id: world.next(),
    kind: 'gas-leak',
    code: '12P12',
    name: text('居民燃气泄漏', 'Household gas leak'),
    place: `${gas.facility} ${gas.room}`,
    area: gas.area,
    position: gas.position,
    state: 'open',
    grade: null,
    opened: at,
    changed: at,
    alarms: [alarm.id],
    active: 1,
    calls: 0,
    taken_by: null,
    escalated: 0,
    zones: [
      ['leave', text('同单元上下各一层', 'Same stair, floors ±1'), 25],
      ['shelter', text('同楼其他单元', 'Other stairs'), 70],
      ['stay-away', text('楼外 150 米', 'Within 150 m'), 150],
    ].map(([action, name, metres]) => ({
      type: 'Feature',
      properties: { name, action },
      geometry: circle(gas.position.lon, gas.position.lat, metres),
    })),
    all_clear: false,
    reason: '',
    drill: true,
  };
  alarm.incident = incident.id;
  const detail = {
    incident,
    timeline: [],
    alarms: [alarm],
    runs: [],
    commands: [],
    notices: [],
    warnings: [],
  };
  world.incidents.set(incident.id, detail);
  world.alarms.set(alarm.id, alarm);
  world.setState(gas.key, 'alarm');
  world.alarm('raised', alarm);
  world.incident(detail);
  const line = (source, words, ref = null, by = null) => world.line(detail, source, words, ref, by);
  line(
    'alarm',
    text(
      '1-302 厨房甲烷 22.4 %LEL，3 次读数中 3 次超限',
      'Methane 22.4 %LEL in kitchen 1-302, 3 of 3 readings',
    ),
    alarm.id,
  );
  line('platform', text('事件开启', 'Incident opened'));

  const step = (n, name) => ({
    step: n,
    name,
    state: 'waiting',
    at: world.now(),
    tries: 1,
    commands: [],
    why: text('', ''),
    proof: null,
  });
  const run = {
    id: world.next(),
    program: 'gas-household/shut-and-vent',
    version: 1,
    name: text('关阀排风', 'Shut and vent'),
    alarm: alarm.id,
    incident: incident.id,
    device: gas.key,
    state: 'running',
    step: 0,
    results: [],
    started: at,
    changed: at,
    by: null,
    reason: '',
    drill: true,
  };
  detail.runs.push(run);
  const command = (device, name) => {
    const made = {
      id: world.next(),
      device,
      name,
      argument: 0,
      issued: world.now(),
      expires: world.now() + 30_000,
      state: 'issued',
      run: run.id,
      by: null,
      second: null,
      reason: '',
      drill: true,
    };
    detail.commands.push(made);
    world.send({ type: 'command', command: { ...made } });
    return made;
  };
  const finish = (made, state) => {
    made.state = state;
    world.send({ type: 'command', command: { ...made } });
  };
  const setRun = (change) => {
    Object.assign(run, change, { changed: world.now() });
    world.send({ type: 'run', run: structuredClone(run) });
  };
  const notices = RESIDENTS.map(([name, place, action, needs]) => ({
    id: world.next(),
    incident: incident.id,
    party: 'person',
    name,
    address: `1391${String(1_000_000 + world.next())}`,
    place: place || gas.facility,
    needs,
    action,
    text: WORDS[action],
    channel: action === 'task' ? 'screen' : 'sms',
    state: 'targeted',
    created: at,
    changed: at,
    receipts: [],
    visitor: '',
    drill: true,
  }));
  detail.notices.push(...notices);
  const setNotice = (notice, state, detailWords = '', channel = notice.channel) => {
    notice.state = state;
    notice.changed = world.now();
    notice.channel = channel;
    notice.receipts.push({ at: world.now(), channel, state, detail: detailWords, by: null });
    world.send({ type: 'notice', notice: structuredClone(notice) });
  };
  for (const notice of notices) world.send({ type: 'notice', notice: structuredClone(notice) });

  let valve;
  let fan;
  const play = [
    [
      0.3,
      () => {
        valve = command('valve-1-302', 'valve.close');
        setRun({ results: [step(0, text('关闭燃气阀', 'Close the gas valve'))] });
        line(
          'command',
          text('指令：关闭 1-302 燃气阀', 'Command: close gas valve 1-302'),
          valve.id,
        );
      },
    ],
    [0.9, () => notices.forEach((n) => void setNotice(n, 'sent'))],
    [
      1,
      () =>
        line(
          'notice',
          text(
            '已通知 6 人撤离、2 人避险、3 个岗位',
            '6 told to leave, 2 to shelter, 3 posts tasked',
          ),
        ),
    ],
    [
      1.5,
      () => {
        finish(valve, 'done');
        setRun({
          results: [
            { ...run.results[0], state: 'proved', proof: [world.now(), 0, 'good'] },
            step(1, text('启动防爆风机', 'Start explosion-proof fan')),
          ],
          step: 1,
        });
        line('run', text('阀位=关，已证实', 'Valve shut, proved'), run.id);
        fan = command('fan-1-302', 'fan.start');
      },
    ],
    [
      2.6,
      () => {
        finish(fan, 'done');
        setRun({
          results: [
            run.results[0],
            { ...run.results[1], state: 'proved', proof: [world.now(), 1, 'good'] },
            {
              ...step(2, text('切断厨房电源', 'Cut the kitchen power')),
              state: 'interlocked',
              why: text(
                '室内开关不在防爆范围：须从室外断电',
                'Switch inside the zone: cut from outside',
              ),
            },
          ],
          step: 2,
          state: 'done',
        });
        line(
          'run',
          text(
            '风机运转，已证实；断电步骤被联锁禁止',
            'Fan running, proved; power cut interlocked',
          ),
          run.id,
        );
      },
    ],
    [4, () => notices.slice(0, 9).forEach((n) => void setNotice(n, 'delivered'))],
    [7, () => notices.slice(1, 4).forEach((n) => void setNotice(n, 'acknowledged', '收到'))],
    [9, () => setNotice(notices[0], 'needs-help', '轮椅，需要人抬下楼')],
    [12, () => setNotice(notices[5], 'failed', '短信网关：空号')],
    [
      14,
      () => {
        notices[5].visitor = '凤凰北街网格员 赵海龙';
        setNotice(notices[5], 'visiting', '', 'visit');
      },
    ],
    [
      60,
      () => {
        if (incident.state === 'open') {
          incident.escalated = 1;
          world.incident(detail);
          world.send({
            type: 'escalation',
            call: {
              role: 'duty-leader',
              person: '带班领导 周文军',
              phone: '13900000099',
              alarm: null,
              incident: incident.id,
              run: null,
              at: world.now(),
              before: null,
              drill: true,
            },
          });
          line(
            'platform',
            text('60 秒无人接管，已呼叫带班领导', 'Nobody took it in 60 s: duty leader called'),
          );
        }
      },
    ],
  ];
  for (const [s, action] of play) setTimeout(action, s * 1000).unref();
  return incident.id;
}
