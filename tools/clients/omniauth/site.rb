require 'sinatra/base'
require 'omniauth'
require 'omniauth_openid_connect'

# As GitLab configures it, with discovery.
class Site < Sinatra::Base
  enable :sessions
  set :bind, '127.0.0.1'
  set :port, ENV.fetch('PORT')
  OmniAuth.config.request_validation_phase = nil # only so that a link starts the sign-in
  OmniAuth.config.allowed_request_methods = [:get]
  OmniAuth.config.silence_get_warning = true

  use OmniAuth::Builder do
    provider :openid_connect,
             name: :openid_connect,
             issuer: ENV.fetch('ISSUER'),
             discovery: true,
             scope: %i[openid email],
             response_type: :code,
             callback_path: '/callback',
             client_options: {
               identifier: ENV.fetch('CLIENT_ID'),
               secret: ENV.fetch('CLIENT_SECRET'),
               redirect_uri: ENV.fetch('REDIRECT_URI')
             }
  end

  get('/') { session[:email] || redirect('/auth/openid_connect') }
  get('/callback') do
    session[:email] = request.env['omniauth.auth'].info.email
    redirect '/'
  end
  get('/auth/failure') { halt 500, params[:message] }

  run!
end
