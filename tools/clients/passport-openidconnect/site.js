const express = require('express')
const session = require('express-session')
const passport = require('passport')
const OpenIDConnectStrategy = require('passport-openidconnect')

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const app = express()
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }))
app.use(passport.authenticate('session'))

passport.use(new OpenIDConnectStrategy({
  issuer: ISSUER,
  authorizationURL: `${ISSUER}/login`,
  tokenURL: `${ISSUER}/auth/token`,
  userInfoURL: `${ISSUER}/auth/userinfo`,
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  callbackURL: '/callback',
  scope: ['email'],
}, (issuer, uiProfile, idProfile, context, idToken, accessToken, refreshToken, params, done) => done(null, uiProfile)))
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

app.get('/', (req, res) => (req.user ? res.json(req.user) : res.redirect('/login')))
app.get('/login', passport.authenticate('openidconnect'))
app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/' }))
app.listen(PORT, '127.0.0.1')
