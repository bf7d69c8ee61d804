// The page works without this script: it adds what happens while it is open.
'use strict';

const live = document.getElementById('live');
if (live && 'EventSource' in window) {
  const rows = document.getElementById('rows');
  const empty = document.getElementById('empty');
  const pause = document.getElementById('pause');
  const most = 200;
  let waiting = [];
  let paused = false;

  const say = (state, text) => {
    live.dataset.state = state;
    if (live.textContent !== text) live.textContent = text;
  };

  const add = html => {
    const holder = document.createElement('template');
    holder.innerHTML = html; // rendered, and escaped, by the server
    const row = holder.content.firstElementChild;
    row.classList.add('new');
    rows.prepend(row);
    empty.hidden = true;
    while (rows.rows.length > most) rows.lastElementChild.remove();
  };

  const catchUp = () => {
    for (const html of waiting) add(html);
    waiting = [];
  };

  const source = new EventSource(live.dataset.events);
  source.addEventListener('open', () => say(paused ? 'paused' : 'live', paused ? 'Paused' : 'Live'));
  source.addEventListener('error', () => say('away', 'The server does not respond; trying again…'));
  source.addEventListener('request', e => {
    if (!paused) return add(e.data);
    waiting.push(e.data);
    waiting = waiting.slice(-most);
    say('paused', `Paused, ${waiting.length} new`);
  });
  source.addEventListener('counts', e => {
    const counts = JSON.parse(e.data);
    document.getElementById('granted').textContent = counts.granted;
    document.getElementById('refused').textContent = counts.refused;
  });
  source.addEventListener('anew', () => location.reload());

  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Resume' : 'Pause';
    if (!paused) catchUp();
    say(paused ? 'paused' : 'live', paused ? 'Paused' : 'Live');
  });
}
